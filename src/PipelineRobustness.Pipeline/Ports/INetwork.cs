namespace PipelineRobustness.Pipeline.Ports;

/// <summary>The port to what lies between the machines of a simulation. A machine is a node, or the server's, by its actor's name.</summary>
public interface INetwork
{
    /// <summary>
    /// Whether a message arrives that is sent now, and after how long. One that carries tensors arrives once at most.
    /// </summary>
    /// <param name="sender">The machine that sends.</param>
    /// <param name="receiver">Another machine.</param>
    /// <param name="bytes">Bytes of the tensors that it carries.</param>
    Delivery Carry(string sender, string receiver, long bytes);
}

/// <summary>What becomes of a message.</summary>
/// <param name="Times">How often it arrives: 0 where it is lost.</param>
/// <param name="After">After how long.</param>
public readonly record struct Delivery(int Times, TimeSpan After);
