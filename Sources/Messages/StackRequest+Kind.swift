extension StackRequest {
    /// Whether a stack that follows must be told of it.
    public var configures: Bool {
        switch self {
        case .mount, .reload, .createInterface, .destroyInterface, .configure, .setNeighbor, .deleteNeighbor, .addRoute, .deleteRoute, .setTunable: true
        case .hello, .instance, .interfaces, .hardware, .neighbors, .flushNeighbors, .discovery, .routes, .route, .statistics, .sockets, .memory,
            .tunables, .openSocket, .changeSocket, .closeSocket: false
        }
    }

    /// Whether it may be asked again of the stack that follows one that died over it.
    public var isRepeatable: Bool {
        switch self {
        case .changeSocket, .closeSocket: false
        default: !configures
        }
    }
}
