/// What `Image.swift` exports.
typealias ThisDriver = AFPacket
