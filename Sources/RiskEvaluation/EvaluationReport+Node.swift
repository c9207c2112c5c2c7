import RiskJSON

extension EvaluationReport {
    /// The report as a document, for machines. A value that is not defined is `null`.
    public func document() -> Node {
        var members: [Node.Member] = [
            Node.Member("rows", Node(rows)), Node.Member("positives", Node(positives)),
        ]
        if let entities { members.append(Node.Member("entities", Node(entities))) }
        if let days { members.append(Node.Member("days", Node(days))) }
        members += [
            Node.Member(
                "intervals",
                .object([
                    "confidence": Node(confidence), "resamples": Node(resamples),
                    "resampled": entities == nil ? "rows" : "entities",
                ])),
            Node.Member("baseRate", baseRate.document()),
            Node.Member("rocAUC", rocAUC.document()),
            Node.Member("averagePrecision", averagePrecision.document()),
            Node.Member("ksStatistic", ksStatistic.document()),
        ]
        if let probability {
            members += [
                Node.Member("logLoss", probability.logLoss.document()),
                Node.Member("brierScore", probability.brierScore.document()),
                Node.Member("brierParts", probability.brier.document()),
                Node.Member(
                    "expectedCalibrationError", probability.expectedCalibrationError.document()),
                Node.Member("calibration", probability.calibration.document()),
            ]
        }
        if !capacities.isEmpty {
            members.append(
                Node.Member(
                    "atDailyCapacity", .array(capacities.map { $0.document(removeDetected) })))
        }
        members.append(Node.Member("gains", .array(gains.lines.map { $0.document() })))
        members.append(Node.Member("curve", .array(curve.map { $0.document() })))
        return .object(members)
    }
}

extension Estimate {
    /// `{"value": …, "interval": [lower, upper]}`; the interval is null where there is none.
    public func document() -> Node {
        .object([
            "value": Node(value),
            "interval": interval.map { .array([Node($0.lowerBound), Node($0.upperBound)]) } ?? nil,
        ])
    }
}

extension EvaluationReport.Capacity {
    func document(_ removeDetected: Bool) -> Node {
        .object([
            "capacity": Node(metrics.capacity), "removeDetected": Node(removeDetected),
            "precision": precision.document(), "recall": recall.document(),
            "entityRecall": entityRecall.document(),
            "entitiesCaught": Node(metrics.entitiesCaught),
            "entitiesPositive": Node(metrics.entitiesPositive),
            "days": .array(
                metrics.days.map { day in
                    .object([
                        "day": Node(Int(day.day)), "hits": Node(day.hits),
                        "worked": Node(day.worked), "positives": Node(day.positives),
                    ])
                }),
        ])
    }
}

extension BrierDecomposition {
    func document() -> Node {
        .object([
            "reliability": Node(reliability), "resolution": Node(resolution),
            "uncertainty": Node(uncertainty), "withinBinVariance": Node(withinBinVariance),
            "withinBinCovariance": Node(withinBinCovariance), "bins": Node(binCount),
        ])
    }
}

extension CalibrationTable {
    func document() -> Node {
        .array(
            bins.map { bin in
                .object([
                    "rows": Node(bin.rows), "weight": Node(bin.weight),
                    "lowest": Node(bin.probabilities.lowerBound),
                    "highest": Node(bin.probabilities.upperBound),
                    "meanProbability": Node(bin.meanProbability),
                    "observedRate": Node(bin.observedRate),
                    "interval": .array([
                        Node(bin.interval.lowerBound), Node(bin.interval.upperBound),
                    ]),
                ])
            })
    }
}

extension GainsTable.Line {
    func document() -> Node {
        .object([
            "share": Node(share), "threshold": Node(threshold), "weight": Node(weight),
            "positives": Node(positives), "precision": Node(precision), "gain": Node(gain),
            "lift": Node(lift),
        ])
    }
}

extension CurvePoint {
    func document() -> Node {
        .object([
            "threshold": Node(threshold), "precision": Node(precision), "recall": Node(recall),
            "falsePositiveRate": Node(falsePositiveRate),
        ])
    }
}
