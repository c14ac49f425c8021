namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>The other end of a connection broke a rule; the message is the rule and how it was broken.</summary>
public sealed class ProtocolViolationException(string rule) : Exception(rule);
