namespace PipelineRobustness.Pipeline;

/// <summary>The port to what lies between the machines of a simulation. A machine is a node, or the server's, by its actor's name.</summary>
public interface INetwork
{
    /// <summary>
    /// After how long a message arrives that is sent now: once for each time that it does, so none where it is lost. A message
    /// that carries tensors arrives once at most.
    /// </summary>
    /// <param name="sender">The machine that sends.</param>
    /// <param name="receiver">Another machine.</param>
    /// <param name="bytes">Bytes of the tensors that it carries.</param>
    IReadOnlyList<TimeSpan> Arrivals(string sender, string receiver, long bytes);
}
