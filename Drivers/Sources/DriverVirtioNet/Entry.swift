/// What `Image.swift` exports.
typealias ThisDriver = VirtioNet
