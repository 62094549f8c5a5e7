internal import FoundationEssentials

/// Bodies are JSON: the one place that knows.
public enum Body {
    public static func encode(_ value: some Encodable) throws(MessageFailure) -> [UInt8] {
        do { return Array(try JSONEncoder().encode(value)) } catch { throw .malformed }
    }

    public static func decode<Value: Decodable>(_ type: Value.Type, _ octets: [UInt8]) throws(MessageFailure) -> Value {
        do { return try JSONDecoder().decode(type, from: Data(octets)) } catch { throw .malformed }
    }

    /// An empty body, for messages whose kind says all.
    public struct Nothing: Codable, Equatable, Sendable { public init() {} }
}
