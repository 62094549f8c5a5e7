/// What `Image.swift` exports.
typealias ThisDriver = E1000E
