/// What is known of addresses: their countries, networks' owners, and so on.
///
/// `MaxMindDatabase` is one. Answers must never change, since batch and live would differ then.
public protocol AddressDatabase: Sendable {
    /// The text at a path within the record of an address; nil where there is none.
    /// - Parameter path: names of members, and places in lists counted from 0.
    /// - Throws: where the database itself is damaged; the value counts as missing then.
    func text(
        of address: InternetAddress, at path: [String]
    ) throws(AddressDatabaseError) -> String?
}

/// Why a database cannot be read, or not at one place.
public struct AddressDatabaseError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was found, and what was expected.
    public let description: String

    /// Makes the error.
    public init(_ description: String) { self.description = description }
}

/// A database of a spec that gave no answer where it should have: its bytes are damaged.
public struct DamagedDatabase: Equatable, Sendable {
    /// The name in the spec.
    public let name: String
    /// Which of its versions, from 0.
    public let version: Int
    /// What was found first.
    public let message: String
}

/// A database of addresses that fields may be looked up in.
public struct DatabaseDeclaration: Sendable, Equatable {
    /// The name.
    public let name: String
    /// The MaxMind DB file of each version; paths are relative to the spec.
    public let paths: [String]
    /// When each is in force.
    public let validity: Validity
}

/// What databases of MaxMind's schema answer, by the word that a spec has for it.
enum AddressQuestion {
    static let paths: [(word: String, path: [String])] = [
        ("country", ["country", "iso_code"]),
        ("registered_country", ["registered_country", "iso_code"]),
        ("continent", ["continent", "code"]),
        ("subdivision", ["subdivisions", "0", "iso_code"]),
        ("city", ["city", "names", "en"]),
        ("postal_code", ["postal", "code"]),
        ("asn", ["autonomous_system_number"]),
        ("organization", ["autonomous_system_organization"]),
    ]
}
