internal import Host

/// A descriptor that an optional property can hold and look into; closed when let go.
final class OpenDescriptor {
    private let descriptor: FileDescriptor
    init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }
    var raw: Int32 { descriptor.raw }
}
