import RiskFeatures
import RiskTables

extension DatabaseDeclaration {
    /// The largest database that is read, in bytes.
    private static var largest: Int { 1 << 30 }

    /// Reads the file of each version.
    func open(folder: String) throws -> [any AddressDatabase] {
        try paths.map { path in
            let full = SpecFile.path(path, in: folder)
            let bytes = try readFile(full, limit: Self.largest)
            do throws(AddressDatabaseError) {
                return try MaxMindDatabase(bytes)
            } catch {
                throw CommandFailure(.badData, "\(full): \(error)")
            }
        }
    }
}

extension EventInput {
    /// Refuses to go on where a database could not answer: its answers would be missing silently.
    func check(_ damaged: [DamagedDatabase], _ spec: FeatureSpec) throws {
        if damaged.isEmpty { return }
        let folder = SpecFile.folder(of: self.spec)
        throw CommandFailure(
            .badData,
            messages: damaged.map { found in
                let paths = spec.databases.first { $0.name == found.name }?.paths ?? []
                return "\(SpecFile.path(paths[found.version], in: folder)): \(found.message)"
            })
    }
}
