/// What `Image.swift` exports.
typealias ThisDriver = AFXDP
