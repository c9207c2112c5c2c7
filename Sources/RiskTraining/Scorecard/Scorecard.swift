import RiskJSON
import RiskModel

/// A scorecard as it is printed: for each feature its bins with counts, rates and points.
///
/// A row's points are `basePoints` and the points of its bins, added up. The counts are those of the
/// rows that were learned from, by weight.
public struct Scorecard: Sendable, Equatable {
    /// One bin of a feature.
    public struct Bin: Sendable, Equatable {
        /// What it holds.
        public enum Kind: Sendable, Equatable {
            /// Values above one bound and up to another, nil where there is none.
            case range(above: Double?, upTo: Double?)
            /// One declared value.
            case special(Double)
            /// No value.
            case missing
        }

        /// What it holds.
        public let kind: Kind
        /// The weight of its rows (their number where there are no weights).
        public let count: Double
        /// The weight of those where the event happened.
        public let positives: Double
        /// Its share of all rows, by weight: in [0, 1].
        public let share: Double
        /// ln of its odds over those of all rows; 0 where it has no rows.
        public let weightOfEvidence: Double
        /// Its part of the feature's information value.
        public let informationValue: Double
        /// What it adds to a row's points.
        public let points: Double

        /// The rate of events; NaN where there are no rows.
        public var badRate: Double { positives / count }
    }

    /// A feature on the card.
    public struct Feature: Sendable, Equatable {
        /// Its name.
        public let name: String
        /// What its weights of evidence are multiplied by.
        public let coefficient: Double
        /// Of all its bins.
        public let informationValue: Double
        /// Ranges from low to high values, then special values, then missing ones.
        public let bins: [Bin]
    }

    /// A feature that is not on the card.
    public struct LeftOut: Sendable, Equatable {
        /// Why not.
        public enum Reason: String, Sendable {
            /// Too little information value.
            case information = "information value below the minimum"
            /// Beside the others its coefficient is not above 0.
            case coefficient = "coefficient not above 0 beside the others"
        }

        /// Its name.
        public let name: String
        /// Of all its bins.
        public let informationValue: Double
        /// Why it is not on the card.
        public let reason: Reason
    }

    /// The points of a row whose weights of evidence are all 0.
    public let basePoints: Double
    /// What a point is.
    public let scaling: PointsScaling
    /// The features, in the order of the columns.
    public let features: [Feature]
    /// The features that are not on the card.
    public let leftOut: [LeftOut]

    /// The card as a document.
    public var node: Node {
        .object([
            "basePoints": Node(basePoints),
            "pointsToDoubleOdds": Node(scaling.pointsToDoubleOdds),
            "features": .array(features.map(\.node)),
            "leftOut": .array(
                leftOut.map { feature in
                    .object([
                        "name": Node(feature.name),
                        "informationValue": Node(feature.informationValue),
                        "reason": Node(feature.reason.rawValue),
                    ])
                }),
        ])
    }
}

extension Scorecard.Feature {
    fileprivate var node: Node {
        .object([
            "name": Node(name), "informationValue": Node(informationValue),
            "coefficient": Node(coefficient), "bins": .array(bins.map(\.node)),
        ])
    }
}

extension Scorecard.Bin {
    fileprivate var node: Node {
        var members: [Node.Member] = []
        switch kind {
        case .range(let above, let upTo):
            members.append(.init("above", above.map { Node($0) } ?? nil))
            members.append(.init("upTo", upTo.map { Node($0) } ?? nil))
        case .special(let value): members.append(.init("special", Node(value)))
        case .missing: members.append(.init("missing", true))
        }
        return .object(
            members + [
                .init("count", Node(count)), .init("positives", Node(positives)),
                .init("share", Node(share)),
                .init("badRate", count > 0 ? Node(badRate) : nil),
                .init("weightOfEvidence", Node(weightOfEvidence)),
                .init("informationValue", Node(informationValue)), .init("points", Node(points)),
            ])
    }
}
