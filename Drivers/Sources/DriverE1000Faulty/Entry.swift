/// What `Image.swift` exports.
typealias ThisDriver = FaultyE1000
