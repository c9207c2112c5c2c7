/// What the values of a column mean.
public enum ColumnType: Hashable, Sendable {
    /// Whole numbers.
    case integer
    /// Exact decimals, held as integers times 10^-scale. The scale is in 0...9.
    case decimal(scale: Int)
    /// IEEE doubles.
    case number
    /// 0 or 1.
    case boolean
    /// Microseconds since 1970-01-01T00:00:00Z.
    case time
    /// Text that repeats (keys, categories), held as codes into a dictionary.
    case category
    /// Text carried along as it stands.
    case text
}

/// A named, typed column of values with missing values.
///
/// Missing values are sentinels inside the storage, so a column needs no mask: `Column.missing` for
/// integers, NaN for numbers, -1 for codes; text has no missing value, only an empty one.
public struct Column: Sendable {
    /// The missing integer, decimal, boolean or time.
    public static let missing = Int64.min

    /// The values, in the one layout that the column's type has.
    public enum Storage: Sendable {
        /// `.integer`, `.decimal`, `.boolean` and `.time`; missing is `Column.missing`.
        case integers([Int64])
        /// `.number`; missing is NaN.
        case numbers([Double])
        /// `.category`; missing is -1.
        case codes([Int32], CategoryDictionary)
        /// `.text`.
        case text(TextBuffer)
    }

    /// The name by which specs, models and people refer to the column.
    public let name: String
    /// What the values mean.
    public let type: ColumnType
    /// The values.
    public let storage: Storage

    /// Makes a column.
    /// - Precondition: the storage is the layout of the type.
    public init(name: String, type: ColumnType, storage: Storage) {
        switch (type, storage) {
        case (.integer, .integers), (.decimal, .integers), (.boolean, .integers),
            (.time, .integers), (.number, .numbers), (.category, .codes), (.text, .text):
            break
        default:
            preconditionFailure("column \(name): the storage does not fit the type \(type)")
        }
        self.name = name
        self.type = type
        self.storage = storage
    }

    /// The number of rows.
    public var count: Int {
        switch storage {
        case .integers(let values): values.count
        case .numbers(let values): values.count
        case .codes(let codes, _): codes.count
        case .text(let buffer): buffer.count
        }
    }

    /// The values as doubles: decimals divided by their power of ten (correctly rounded up to
    /// 2^53 units), missing as NaN; nil for `.category` and `.text`.
    /// - Complexity: O(rows).
    public var doubles: [Double]? {
        switch (type, storage) {
        case (_, .numbers(let values)):
            return values
        case (.decimal(let scale), .integers(let values)):
            let power = Decimals.powersOfTen[scale]
            return values.map { $0 == Column.missing ? .nan : Double($0) / Double(power) }
        case (_, .integers(let values)):
            return values.map { $0 == Column.missing ? .nan : Double($0) }
        default:
            return nil
        }
    }
}

/// Columns of equal length with distinct names.
public struct Table: Sendable {
    /// The columns, in the order of the file.
    public let columns: [Column]
    /// The number of rows in each.
    public let rowCount: Int

    /// Makes a table.
    /// - Precondition: every column has `rowCount` rows.
    public init(columns: [Column], rowCount: Int) {
        precondition(columns.allSatisfy { $0.count == rowCount })
        self.columns = columns
        self.rowCount = rowCount
    }

    /// The column of that name, nil where there is none.
    /// - Complexity: O(columns).
    public subscript(_ name: String) -> Column? { columns.first { $0.name == name } }
}
