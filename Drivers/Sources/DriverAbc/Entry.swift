/// What `Image.swift` exports.
typealias ThisDriver = AbcDriver
