import RiskModel; import RiskScoring; print("x")
