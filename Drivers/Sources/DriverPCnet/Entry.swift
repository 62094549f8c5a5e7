/// What `Image.swift` exports.
typealias ThisDriver = PCnet
