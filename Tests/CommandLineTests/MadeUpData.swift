/// Small made-up files with the columns of the real data sets; nothing in them is real.
enum MadeUpData {
    /// Numbers that look random and are the same everywhere.
    private struct Draw {
        var state: UInt64

        /// In 0..<bound.
        mutating func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
    }

    /// Thirteen months of 1,500 registrations: honest ones come from 60 addresses again and again, malicious ones
    /// mostly from addresses that nobody has seen.
    static let registrations: String = {
        var draw = Draw(state: 1)
        var text = "ip_address,email_address,EVENT_TIMESTAMP,EVENT_LABEL\n"
        func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        for row in 0..<1500 {
            let day = row * 390 / 1500
            // Thirteen months of at most 27 dates, from 2022-03-01 to 2023-03-27.
            let month = day / 30 + 2
            let date =
                "\(2022 + month / 12)-\(padded(month % 12 + 1))-\(padded(day % 30 % 27 + 1))"
            let isFraud = draw.below(8) == 0
            let address =
                isFraud && draw.below(5) > 0
                ? "10.\(draw.below(250)).\(draw.below(250)).7" : "1.2.3.\(draw.below(60))"
            let time = "\(date)T\(padded(draw.below(24))):\(padded(draw.below(60))):18Z"
            text +=
                "\(address),p\(draw.below(300))@example.org,\(time),\(isFraud ? "fraud" : "legit")\n"
        }
        return text
    }()

    /// 400 card clients, of whom those tend not to pay who were behind in September.
    static let credit: String = {
        var draw = Draw(state: 2)
        var text =
            "ID,LIMIT_BAL,GENDER,EDUCATION,MARRIAGE,AGE,PAY_0,PAY_2,PAY_3,PAY_4,PAY_5,PAY_6,"
            + (1...6).map { "BILL_AMT\($0)," }.joined()
            + (1...6).map { "PAY_AMT\($0)," }.joined() + "default.payment.next.month\n"
        for row in 1...400 {
            let behind = draw.below(4) - 1
            var fields = [row, 10_000 * (1 + draw.below(50))]
            fields += [
                1 + draw.below(2), 1 + draw.below(3), 1 + draw.below(2), 21 + draw.below(40),
            ]
            fields += [behind] + (0..<5).map { _ in draw.below(4) - 1 }
            fields += (0..<12).map { _ in draw.below(5000) }
            fields.append(draw.below(10) < 1 + 3 * max(0, behind) ? 1 : 0)
            text += fields.map(String.init).joined(separator: ",") + "\n"
        }
        return text
    }()

    /// 300 subscribers whose behaviour says nothing, a third of them fraudsters, and links: among
    /// themselves where there are rings, else with anybody.
    static func telecom(rings: Bool) -> (subscribers: String, edges: String) {
        var draw = Draw(state: 3)
        var text = columns.joined(separator: ",") + "\n"
        var labels: [Bool] = []
        for row in 0..<300 {
            labels.append(draw.below(3) == 0)
            let fields = (0..<columns.count - 2).map { _ in String(draw.below(100)) }
            text +=
                ([String(row)] + fields + [labels[row] ? "1" : "0"]).joined(separator: ",")
                + "\n"
        }
        var edges = "a,b\n"
        for row in 0..<300 {
            edges += "\(row),\(row)\n"
            var left = 4
            while left > 0 {
                let other = draw.below(300)
                if rings, labels[other] != labels[row], draw.below(5) > 0 { continue }
                edges += "\(row),\(other)\n"
                left -= 1
            }
        }
        return (text, edges)
    }

    private static let columns = """
        subscriber opposite_count opposite_unique voccalltype1 imeis voc_calltype1 city_name_call \
        county_name_call phone2opposite_mean phone2opposite_median phone2opposite_max \
        phone2oppo_sum_mean phone2oppo_sum_median phone2oppo_sum_max call_dur_mean call_dur_median \
        call_dur_max call_dur_min city_name_nunique county_name_nunique calltype_id_unique \
        voc_hour_mode voc_hour_mode_count voc_hour_nunique voc_day_mode voc_day_mode_count \
        voc_day_nunique sms_count sms_nunique sms_rate calltype_2 calltype_rate hour_mode \
        hour_mode_count hour_nunique day_mode day_mode_count day_nunique busi_count flow_mean \
        flow_median flow_min flow_max flow_var flow_sum month_ids flow_month arpu_mean arpu_var \
        arpu_max arpu_min arpu_median arpu_sum arpu_skew arpu_sem arpu_quantile label
        """.split(separator: " ").map(String.init)
}
