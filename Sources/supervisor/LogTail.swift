internal import Host

/// The end of an instance's log, wherever it stands: a log that has just begun anew has its newest lines in the file behind it.
enum LogTail {
    /// At most `most` octets; nil: there is no log.
    static func octets(_ path: String, _ most: Int) -> [UInt8]? {
        guard let newest = FileSystem.tail(path, most) else { return FileSystem.tail(LogFile.older(path), most) }
        guard newest.count < most, let older = FileSystem.tail(LogFile.older(path), most - newest.count) else { return newest }
        return older + newest
    }
}
