import RiskJSON

/// A recipe for a table of entities with labels and no times: measured by folds, not out of time.
///
/// Where `Recipe` has logs and a spec, it has a table whose columns are the features; the rest of the
/// folder is the same.
struct TableRecipe {
    /// The table, and which of its columns are no features.
    struct Source {
        /// Below the data folder.
        let path: String
        let label: String
        let entity: String
        /// Where the file comes from, for who does not have it.
        let origin: String
    }

    /// Pairs of entities that have to do with each other.
    struct Links {
        /// Below the data folder.
        let path: String
        let from: String
        let to: String
    }

    /// How folds are drawn.
    struct Schedule {
        let folds: Int
        let seed: UInt32
        /// How many cases can be worked.
        let capacity: Int
        /// The probability from which on a case is worked, for the rates of groups.
        let probability: Double
    }

    /// A model that the recipe trains.
    struct Variant {
        let name: String
        let learner: LearnerChoice
        let settings: String?
        /// Columns that it does not get.
        let without: [String]
        /// Whether it gets what is known of neighbours.
        let neighbours: Bool
    }

    /// Rows whose value of a column lies between bounds, both inclusive.
    struct Group {
        let name: String
        let column: String
        let range: ClosedRange<Double>
    }

    let folder: String
    let name: String
    let title: String
    let source: Source
    let links: Links?
    let schedule: Schedule
    let variants: [Variant]
    /// The name of the variant that ranks and is kept.
    let main: String
    let policy: String?
    let reasons: String?
    let groups: [Group]

    /// Whether a recipe's document is of this kind.
    static func describes(_ document: Node) -> Bool { document["table"] != nil }

    /// Reads `recipe.yaml` of a folder.
    init(folder: String) throws {
        let read = try SpecFile.read("\(folder)/recipe.yaml") { place, reader in
            TableRecipeReader(folder: folder, reader: reader).read(place)
        }
        guard let read else { preconditionFailure("a recipe without mistakes was not read") }
        self = read
    }

    init(
        folder: String, name: String, title: String, source: Source, links: Links?,
        schedule: Schedule, variants: [Variant], main: String, policy: String?, reasons: String?,
        groups: [Group]
    ) {
        self.folder = folder
        self.name = name
        self.title = title
        self.source = source
        self.links = links
        self.schedule = schedule
        self.variants = variants
        self.main = main
        self.policy = policy
        self.reasons = reasons
        self.groups = groups
    }
}
