/// What `Image.swift` exports.
typealias ThisDriver = RTL8139
