import Foundation
import RiskJSON
import Testing

/// Every file is hostile: each of these ends with the right exit code and a message that names the
/// place, and leaves no output behind.
@Suite("Hostile inputs")
struct HostileInputTests {
    /// A broken input, and how the command must end.
    struct Offender: CustomTestStringConvertible, Sendable {
        let name: String
        /// The line of bash that breaks something; files of the world lie about.
        let preparation: String
        let arguments: [String]
        let exitCode: Int32
        /// What standard error must contain, all of it.
        let message: [String]

        var testDescription: String { name }

        init(
            _ name: String, _ preparation: String, _ arguments: String, exit exitCode: Int32,
            _ message: String...
        ) {
            self.name = name
            self.preparation = preparation
            self.arguments = arguments.split(separator: " ").map(String.init)
            self.exitCode = exitCode
            self.message = message
        }
    }

    static let score = "score --model card.risk.json --input bad.csv --output out.csv"
    static let train =
        "train --data bad.csv --label fraud --ignore transaction customer at --output out.json"
    static let extract = "features --spec spec.yaml --events purchase=bad.csv --output out.csv"

    static let tables: [Offender] = [
        Offender(
            "a missing file", "true", score, exit: 66, "bad.csv: cannot be opened: No such file"),
        Offender("a folder", "mkdir bad.csv", score, exit: 66, "bad.csv: is a folder"),
        Offender(
            "an empty file", ": > bad.csv", score, exit: 65, "bad.csv"),
        Offender(
            "a missing column", "cut -d, -f1-4,6 vectors.csv > bad.csv", score, exit: 65,
            "bad.csv:1: column ratio: the header has no column"),
        Offender(
            "a missing label column", "cut -d, -f1-6 vectors.csv > bad.csv", train, exit: 65,
            "bad.csv:1: column fraud: the header has no column"),
        Offender(
            "a duplicate column", "sed '1s/night/ratio/' vectors.csv > bad.csv", score, exit: 65,
            "bad.csv:1: ", "\"ratio\""),
        Offender(
            "a number that is none", "sed '5s/,c[0-9]*,[0-9.]*/,c1,12o/' vectors.csv > bad.csv",
            score,
            exit: 65, "bad.csv:5: column amount: expected a number, found \"12o\""),
        Offender(
            "a number that is none, in training",
            "sed '5s/,c[0-9]*,[0-9.]*/,c1,12o/' vectors.csv > bad.csv", train, exit: 65,
            "bad.csv:5: column amount: expected a number, found \"12o\""),
        Offender(
            "a row with a field too many", "sed '9s/$/,1/' vectors.csv > bad.csv", score, exit: 65,
            "bad.csv:9: expected 7 fields, found 8"),
        Offender(
            "an impossible date",
            "(cat log.csv; echo 2018-02-30T12:00:00Z,a,1.00) > bad.csv", extract, exit: 65,
            "bad.csv:4: column at: ", "2018-02-30T12:00:00Z"),
        Offender(
            "an event without a time", "(cat log.csv; echo ,a,1.00) > bad.csv", extract, exit: 65,
            "bad.csv:4: column at: expected a value, found nothing"),
        Offender(
            "a decimal with too many digits", "(cat log.csv; echo 2018-06-02,a,1.005) > bad.csv",
            extract, exit: 65, "bad.csv:4: column amount: ", "1.005"),
        Offender(
            "a truncated .gz",
            "gzip -c vectors.csv | head -c 20000 > bad.csv.gz",
            "score --model card.risk.json --input bad.csv.gz --output out.csv", exit: 65,
            "bad.csv.gz"),
        Offender(
            "a line of 100 MB",
            "(cat vectors.csv; head -c 100000000 /dev/zero | tr '\\0' 1) > bad.csv", score,
            exit: 65,
            "bad.csv:6002: "),
        Offender(
            "a label column with one class only",
            "awk -F, -v OFS=, 'NR>1{$7=0}1' vectors.csv > bad.csv", train, exit: 65,
            "bad.csv: column fraud: the label has only one class: all 6000 rows are negative"),
        Offender(
            "no label at all", "awk -F, -v OFS=, 'NR>1{$7=\"\"}1' vectors.csv > bad.csv", train,
            exit: 65, "bad.csv: column fraud: there is no row with a label"),
        Offender(
            "features that are all missing",
            "awk -F, -v OFS=, 'NR>1{$4=\"\";$5=\"\";$6=\"NA\"}1' vectors.csv > bad.csv", train,
            exit: 65,
            "bad.csv: all features are missing in all rows: \"amount\", \"night\", \"ratio\""),
        Offender(
            "a test period without rows", "cp vectors.csv bad.csv",
            "train --data bad.csv --label fraud --ignore transaction customer --time at "
                + "--test-from 2019-01-01 --output out.json",
            exit: 65, "bad.csv: there is no test row from 2019-01-01T00:00:00Z"),
        Offender(
            "a column with the name of a score", "sed '1s/customer/points/' vectors.csv > bad.csv",
            score,
            exit: 65, "bad.csv: column points: "),
        Offender(
            "bytes that are no text at all", "head -c 100000 /dev/urandom > bad.csv", score,
            exit: 65,
            "bad.csv"),
    ]

    static let documents: [Offender] = [
        Offender(
            "a spec with an unknown aggregate and a misspelt key, both named at once",
            "sed -i 's/count, window/cuont, window/; s/aggregate: sum/agregate: sum/' spec.yaml; cp log.csv bad.csv",
            extract, exit: 65, "spec.yaml:6: ", "spec.yaml:7: ", "did you mean \"aggregate\"?"),
        Offender(
            "a spec that is no YAML", "printf 'a: [1,\\nb: }' > spec.yaml; cp log.csv bad.csv",
            extract,
            exit: 65, "spec.yaml:"),
        Offender(
            "a spec of billions of aliases",
            "printf 'a: &a [x,x]\\nb: &b [*a,*a]\\nc: [*b,*b]\\n' > spec.yaml; cp log.csv bad.csv",
            extract,
            exit: 65, "spec.yaml:", "anchors (&name) and aliases (*name) are not read"),
        Offender(
            "a policy with an unknown action",
            "printf 'riskkit: policy/1\\nname: x\\ntiers:\\n  - { name: a, action: stopp }\\n' > policy.yaml; "
                + "cp vectors.csv bad.csv",
            score + " --policy policy.yaml", exit: 65, "policy.yaml:4: tiers[0].action: "),
    ]

    static let models: [Offender] = [
        Offender(
            "a model with one byte changed",
            "sed -i -E 's/(\"intercept\": -?[0-9]*)9,/\\18,/; t; s/(\"intercept\": -?[0-9]*)[0-8],/\\19,/' card.risk.json; "
                + "cp vectors.csv bad.csv",
            score, exit: 65, "card.risk.json:", "sha256: the file was changed after it was written"),
        Offender(
            "a model truncated", "truncate -s -40 card.risk.json; cp vectors.csv bad.csv", score,
            exit: 65,
            "card.risk.json:"),
        Offender(
            "a model of a later format version",
            "sed -i 's|model/1|model/7|' card.risk.json; cp vectors.csv bad.csv", score, exit: 65,
            "card.risk.json:2: riskkit: this file is of format model/7"),
        Offender(
            "a table instead of a model", "cp vectors.csv card.risk.json; cp vectors.csv bad.csv",
            score,
            exit: 65, "card.risk.json:1: "),
        Offender(
            "no model", "rm card.risk.json; cp vectors.csv bad.csv", score, exit: 66,
            "card.risk.json"),
    ]

    static let outputs: [Offender] = [
        Offender(
            "a folder that is not there", "true",
            "score --model card.risk.json --input vectors.csv --output no/out.csv", exit: 73,
            "no/out.csv: cannot be written: No such file or directory"),
        Offender(
            "a full disk as standard output", "true",
            "score --model card.risk.json --input vectors.csv --output /dev/full", exit: 74,
            "/dev/full: cannot be written: No space left on device"),
        Offender(
            "the output in place of the input", "true",
            "score --model card.risk.json --input vectors.csv --output vectors.csv", exit: 64,
            "--output and --input name the same file, vectors.csv"),
        Offender(
            "the output in place of the model, by another name", "ln -s card.risk.json link.json",
            "score --model card.risk.json --input vectors.csv --output link.json", exit: 64,
            "--output and --model name the same file"),
        Offender(
            "rejects and output in one file", "cp log.csv bad.csv", extract + " --rejects out.csv",
            exit: 64, "--rejects and --output name the same file"),
        Offender(
            "a column whose name no model can hold",
            "printf 'y,a\\001b\\n' > bad.csv; for i in $(seq 300); do echo 1,$((i%50)); echo 0,$((i%50+30)); done >> bad.csv",
            "train --data bad.csv --label y --output out.json", exit: 65,
            "bad.csv: the model cannot be written: features[0].name"),
    ]

    @Test(
        "Ends with its code, names the place, leaves nothing",
        arguments: tables + documents + models + outputs)
    func offends(_ offender: Offender) async throws {
        let workplace = try await World.shared().workplace()
        try Self.writeSpec(to: workplace)
        let prepared = try await workplace.bash(offender.preparation)
        #expect(prepared.exitCode == 0, "\(prepared.errors)")
        let before = workplace.files
        let outcome = try await workplace.risk(offender.arguments)
        #expect(outcome.exitCode == offender.exitCode, "\(outcome.errors)")
        #expect(outcome.output == "")
        for part in offender.message {
            #expect(
                outcome.errors.contains(part),
                "\"\(part)\" is not in: \(outcome.errors.prefix(2000))")
        }
        #expect(outcome.errors.hasPrefix("risk: "))
        #expect(outcome.errors.utf8.count < 10_000, "a message that floods the terminal")
        #expect(workplace.files == before)
    }

    @Test("The spec and the log of these tests are sound by themselves")
    func sound() async throws {
        let workplace = try await World.shared().workplace()
        try Self.writeSpec(to: workplace)
        let outcome = try await workplace.risk(
            Self.extract.replacingOccurrences(of: "bad.csv", with: "log.csv").split(separator: " ")
                .map(String.init))
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(workplace.files.contains("out.csv"))
    }

    @Test("An existing output stays as it was when the command fails")
    func existingOutputStays() async throws {
        let workplace = try await World.shared().workplace()
        try workplace.write("precious\n", to: "out.csv")
        try workplace.write("transaction,amount,ratio,night\na,1,2,0\nb,x,2,0\n", to: "bad.csv")
        let outcome = try await workplace.risk(Self.score.split(separator: " ").map(String.init))
        #expect(outcome.exitCode == 65)
        #expect(try workplace.text("out.csv") == "precious\n")
    }

    @Test("Closed standard streams are as good as empty ones")
    func closedStreams() async throws {
        let workplace = try await World.shared().workplace()
        let outcome = try await workplace.bash(
            "timeout 20 risk score --model card.risk.json --input - --output out.csv <&-")
        #expect(outcome.exitCode == 65)
        #expect(!workplace.files.contains("out.csv"))
    }

    @Test("A file size limit is a failed write, and nothing stays")
    func fileSizeLimit() async throws {
        let workplace = try await World.shared().workplace()
        let before = workplace.files
        let outcome = try await workplace.bash(
            "ulimit -f 16; exec risk score --model card.risk.json --input vectors.csv --output out.csv"
        )
        #expect(outcome.exitCode == 74)
        #expect(outcome.errors == "risk: out.csv: cannot be written: File too large\n")
        #expect(workplace.files == before)
    }

    /// Mounting a file system of 64 KiB takes root, in a mount namespace of its own; where that is not
    /// allowed, the file size limit above has to do, and the output says so.
    @Test("A full disk is a failed write, and nothing stays")
    func fullDisk() async throws {
        let workplace = try await World.shared().workplace()
        let allowed = try await workplace.bash("unshare --mount true")
        guard allowed.exitCode == 0 else {
            print("skipped: a full disk (no right to mount one: \(allowed.errors))")
            return
        }
        let outcome = try await workplace.bash(
            """
            mkdir disk
            exec unshare --mount bash -c '
            mount -t tmpfs -o size=64k tmpfs disk || exit 99
            risk score --model card.risk.json --input vectors.csv --output disk/out.csv
            echo "code $?"
            risk train --data vectors.csv --label fraud --ignore transaction at customer \
                --output disk/m.json --report disk/r.json --quiet > /dev/null
            ls -A disk | grep -v "^[mr].json$"
            true'
            """)
        if outcome.exitCode == 99 {
            print("skipped: a full disk (mount failed: \(outcome.errors))")
            return
        }
        #expect(outcome.output == "code 74\n")
        #expect(outcome.errors.contains("disk/out.csv: cannot be written: No space left on device"))
    }

    private static func writeSpec(to workplace: Workplace) throws {
        try workplace.write(
            """
            riskkit: features/1
            timezone: UTC
            events:
              purchase: { time: at, keys: [customer], fields: { amount: decimal(2) } }
            features:
              purchases_1d: { of: purchase, by: customer, aggregate: count, window: 1d }
              spend_7d: { of: purchase, by: customer, aggregate: sum(amount), window: 7d }
            vectors:
              unit: purchase

            """, to: "spec.yaml")
        try workplace.write(
            "at,customer,amount\n2018-06-01T00:00:00Z,a,1.25\n2018-06-01T06:00:00Z,b,3.00\n",
            to: "log.csv")
    }
}
