import RiskModel

/// The functions of an exported C file; $ stands for its name.
enum CText {
    static func head(_ name: String, _ model: AdditiveModel) -> String {
        """
        /* \(commentText(model.name)): a model of \(model.features.count) features, by RiskKit. C99, no libraries.

           A row has one value a feature, in the order of $_features; NaN is a missing value. All functions
           are pure: any number of threads may call them. Other files see only the declarations where
           they define $_DECLARATIONS_ONLY and include this one. */
        #ifndef $_INCLUDED
        #define $_INCLUDED
        #include <stddef.h>
        #include <stdint.h>

        #define $_FEATURE_COUNT \(model.features.count)

        /* The features' names, UTF-8. */
        extern const char *const $_features[\(max(model.features.count, 1))];
        /* The sum of a row in units of 2^-18 of log-odds. */
        int64_t $_units(const double *row);
        /* The log-odds: units / 2^18, exactly. */
        double $_logodds(const double *row);
        /* The calibrated probability, in [0, 1]. */
        double $_probability(const double *row);
        /* The points of that probability. */
        int32_t $_points(const double *row);
        /* The at most `limit` terms most above what is typical: their features and log-odds above it, the
           largest first and ties in the order of features. Returns how many there are. */
        size_t $_reasons(const double *row, size_t limit, size_t *features, double *log_odds);


        """.named(name)
    }

    static let checks = """
        #include <float.h>
        #include <string.h>
        #if defined(FLT_EVAL_METHOD) && (FLT_EVAL_METHOD < 0 || FLT_EVAL_METHOD == 2)
        #error "doubles must be computed as doubles: on 32-bit x86 say -msse2 -mfpmath=sse"
        #endif
        #if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
        #error "-ffast-math and -ffinite-math-only take missing values (NaN) for numbers"
        #endif
        #if defined(__clang__)
        #pragma STDC FP_CONTRACT OFF
        #elif defined(__GNUC__)
        #pragma GCC optimize("fp-contract=off")
        #endif


        """

    static func units(_ name: String, intercept: Int64, hasTables: Bool, hasTerms: Bool) -> String {
        var text = ""
        if hasTables {
            text += """
                static int32_t $_table_units(size_t table, double x) {
                    const double *cuts = $_cuts + $_tables[table].cut;
                    size_t low = 0, high = $_tables[table].count;
                    if (x != x) return $_tables[table].missing;
                    while (low < high) {
                        size_t middle = low + (high - low) / 2;
                        if (cuts[middle] < x)
                            low = middle + 1;
                        else
                            high = middle;
                    }
                    return $_bins[$_tables[table].bin + low];
                }


                """
        }
        if hasTerms {
            text += """
                static int64_t $_term_units(size_t term, double x) {
                    const double limit = 8388608.0, magic = 6755399441055744.0;
                    double product = $_terms[term].coefficient * x * 262144.0;
                    if (x != x) return $_terms[term].missing;
                    if (product != product) return 0;
                    if (product < -limit) product = -limit;
                    if (product > limit) product = limit;
                    return (int64_t)((product + magic) - magic); /* to a whole number, ties to even */
                }


                """
        }
        text += "int64_t $_units(const double *row) {\n    int64_t sum = INT64_C(\(intercept));\n"
        text += hasTables || hasTerms ? "    size_t i;\n" : "    (void)row;\n"
        if hasTables {
            text += """
                    for (i = 0; i < sizeof $_tables / sizeof $_tables[0]; i++)
                        sum += $_table_units(i, row[$_tables[i].feature]);

                """
        }
        if hasTerms {
            text += """
                    for (i = 0; i < sizeof $_terms / sizeof $_terms[0]; i++)
                        sum += $_term_units(i, row[$_terms[i].feature]);

                """
        }
        text += """
                return sum;
            }

            double $_logodds(const double *row) { return (double)$_units(row) / 262144.0; }


            """
        return text.named(name)
    }

    static func logistic(_ name: String) -> String {
        """
        /* 1 / (1 + e^-x). */
        static double $_logistic(double x) {
            const double log2e = 1.4426950408889634, magic = 6755399441055744.0;
            const double ln2_high = 6.93147180369123816490e-01, ln2_low = 1.90821492927058770002e-10;
            double h = x < 0 ? x : -x, k, r, p, e, power;
            int64_t exponent;
            uint64_t bits;
            if (h < -746.0) h = -746.0;
            k = (h * log2e + magic) - magic;
            r = (h - k * ln2_high) - k * ln2_low;
            p = 1.0 / 6227020800.0;
            p = p * r + 1.0 / 479001600.0;
            p = p * r + 1.0 / 39916800.0;
            p = p * r + 1.0 / 3628800.0;
            p = p * r + 1.0 / 362880.0;
            p = p * r + 1.0 / 40320.0;
            p = p * r + 1.0 / 5040.0;
            p = p * r + 1.0 / 720.0;
            p = p * r + 1.0 / 120.0;
            p = p * r + 1.0 / 24.0;
            p = p * r + 1.0 / 6.0;
            p = p * r + 0.5;
            e = 1.0 + (r + r * r * p);
            exponent = (int64_t)k;
            if (exponent < -1000) exponent += 200;
            bits = (uint64_t)(exponent + 1023) << 52;
            memcpy(&power, &bits, sizeof power);
            e = e * power;
            if (k < -1000.0) e = e * 0x1p-200;
            if (h < -745.1332191019412) e = 0.0;
            return (x < 0 ? e : 1.0) / (1.0 + e);
        }


        """.named(name)
    }

    static func identity(_ name: String) -> String {
        """
        static double $_calibrated(int64_t units) { return $_logistic((double)units / 262144.0); }


        """.named(name)
    }

    static func platt(_ name: String, slope: String, intercept: String) -> String {
        """
        /* Platt's line, on a grid of 2^-32. */
        static double $_calibrated(int64_t units) {
            const double magic = 6755399441055744.0;
            double x = \(slope) * ((double)units / 262144.0) + \(intercept);
            if (x < -1024.0) x = -1024.0;
            if (x > 1024.0) x = 1024.0;
            x = ((x * 4294967296.0 + magic) - magic) / 4294967296.0;
            return $_logistic(x);
        }


        """.named(name)
    }

    static func isotonic(_ name: String, count: Int) -> String {
        """
        /* Straight lines between knots, constant outside. */
        static double $_calibrated(int64_t units) {
            size_t low = 0, high = \(count);
            double start, end, value;
            while (low < high) {
                size_t middle = low + (high - low) / 2;
                if ($_knots[middle] <= units)
                    low = middle + 1;
                else
                    high = middle;
            }
            if (low == 0) return $_probabilities[0];
            if (low == \(count)) return $_probabilities[low - 1];
            start = $_probabilities[low - 1];
            end = $_probabilities[low];
            value = (double)(units - $_knots[low - 1]) / (double)($_knots[low] - $_knots[low - 1]);
            value = start + (end - start) * value;
            return value < end ? value : end;
        }


        """.named(name)
    }

    static func points(_ name: String, base: String, odds: String, double: String) -> String {
        """
        double $_probability(const double *row) { return $_calibrated($_units(row)); }

        /* ln x of a normal x > 0, by artanh. */
        static double $_log(double x) {
            const double ln2_high = 6.93147180369123816490e-01, ln2_low = 1.90821492927058770002e-10;
            double m, f, s, z, r, half_square, small, k;
            uint64_t bits;
            int64_t exponent;
            memcpy(&bits, &x, sizeof bits);
            exponent = (int64_t)(bits >> 52) - 1023;
            bits = (bits & UINT64_C(0x000fffffffffffff)) | UINT64_C(0x3ff0000000000000);
            memcpy(&m, &bits, sizeof m);
            if (m > 1.4142135623730951) {
                m *= 0.5;
                exponent += 1;
            }
            f = m - 1.0;
            s = f / (2.0 + f);
            z = s * s;
            r = 2.0 / 23.0;
            r = r * z + 2.0 / 21.0;
            r = r * z + 2.0 / 19.0;
            r = r * z + 2.0 / 17.0;
            r = r * z + 2.0 / 15.0;
            r = r * z + 2.0 / 13.0;
            r = r * z + 2.0 / 11.0;
            r = r * z + 2.0 / 9.0;
            r = r * z + 2.0 / 7.0;
            r = r * z + 2.0 / 5.0;
            r = r * z + 2.0 / 3.0;
            r = r * z;
            half_square = 0.5 * f * f;
            k = (double)exponent;
            small = s * (half_square + r) + k * ln2_low;
            return k * ln2_high + (f - (half_square - small));
        }

        int32_t $_points(const double *row) {
            double probability = $_probability(row);
            double odds = probability / (1.0 - probability), log_odds, exact, whole;
            if (!(odds > 1e-20)) odds = 1e-20;
            if (odds > 1e20) odds = 1e20;
            log_odds = $_log(odds);
            if (log_odds < -40.0) log_odds = -40.0;
            if (log_odds > 40.0) log_odds = 40.0;
            exact = \(base) + \(double) * ((log_odds - $_log(\(odds))) * 1.4426950408889634);
            if (exact <= -2147483648.0) return INT32_MIN;
            if (exact >= 2147483647.0) return INT32_MAX;
            whole = (double)(int32_t)exact; /* halves go away from zero */
            if (exact - whole >= 0.5) whole += 1.0;
            if (exact - whole <= -0.5) whole -= 1.0;
            return whole >= 2147483647.0 ? INT32_MAX : (int32_t)whole;
        }


        """.named(name)
    }

    static func reasons(_ name: String, hasTables: Bool, hasTerms: Bool) -> String {
        guard hasTables || hasTerms else {
            return """
                size_t $_reasons(const double *row, size_t limit, size_t *features, double *log_odds) {
                    (void)row, (void)limit, (void)features, (void)log_odds;
                    return 0;
                }

                """.named(name)
        }
        var text = """
            /* Lets a term into the list of the largest, which is sorted. */
            static void $_consider(int64_t above, size_t feature, size_t limit, size_t *count,
                                   size_t *features, double *log_odds) {
                double value = (double)above / 262144.0;
                size_t place = *count;
                if (above <= 0 || limit == 0) return;
                if (place == limit) {
                    place -= 1;
                    if (value < log_odds[place] || (value == log_odds[place] && feature > features[place]))
                        return;
                } else {
                    *count += 1;
                }
                while (place > 0 && (value > log_odds[place - 1] ||
                                     (value == log_odds[place - 1] && feature < features[place - 1]))) {
                    log_odds[place] = log_odds[place - 1];
                    features[place] = features[place - 1];
                    place -= 1;
                }
                log_odds[place] = value;
                features[place] = feature;
            }

            size_t $_reasons(const double *row, size_t limit, size_t *features, double *log_odds) {
                size_t i, count = 0;

            """
        for (list, function) in [("tables", "table"), ("terms", "term")]
        where list == "tables" ? hasTables : hasTerms {
            text += """
                    for (i = 0; i < sizeof $_\(list) / sizeof $_\(list)[0]; i++)
                        $_consider($_\(function)_units(i, row[$_\(list)[i].feature]) - (int64_t)$_\(list)[i].typical,
                                   $_\(list)[i].feature, limit, &count, features, log_odds);

                """
        }
        return (text + "    return count;\n}\n").named(name)
    }
}

extension String {
    /// With the file's name in place of $.
    fileprivate func named(_ name: String) -> String { replacing("$", with: name) }
}
