import CRiskKernels
import CRiskScore

/// Compiles only while every function here has the type that `riskscore.h` declares; it is never run.
private func functionsAreWhatTheHeaderSays() {
    func same<Function>(_ declared: Function, _ defined: Function) {}
    same(CRiskScore.rsk_version, RiskScoreABI.rsk_version)
    same(CRiskScore.rsk_model_load, RiskScoreABI.rsk_model_load)
    same(CRiskScore.rsk_model_load_file, RiskScoreABI.rsk_model_load_file)
    same(CRiskScore.rsk_model_free, RiskScoreABI.rsk_model_free)
    same(CRiskScore.rsk_model_name, RiskScoreABI.rsk_model_name)
    same(CRiskScore.rsk_model_feature_count, RiskScoreABI.rsk_model_feature_count)
    same(CRiskScore.rsk_model_feature_name, RiskScoreABI.rsk_model_feature_name)
    same(CRiskScore.rsk_score, RiskScoreABI.rsk_score)
    same(CRiskScore.rsk_score_row, RiskScoreABI.rsk_score_row)
    same(CRiskScore.rsk_reason_text, RiskScoreABI.rsk_reason_text)
    same(CRiskScore.rsk_score_arrow, RiskScoreABI.rsk_score_arrow)
    same(CRiskScore.rsk_score_arrow_stream, RiskScoreABI.rsk_score_arrow_stream)
}
