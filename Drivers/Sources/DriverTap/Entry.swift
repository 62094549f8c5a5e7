/// What `Image.swift` exports.
typealias ThisDriver = Tap
