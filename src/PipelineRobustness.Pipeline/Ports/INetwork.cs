namespace PipelineRobustness.Pipeline.Ports;

/// <summary>The port to the network between the machines of a simulation. A machine is named after the actor of its node or server.</summary>
public interface INetwork
{
    /// <summary>
    /// Whether, and after how long, a message sent now arrives. A message with tensors arrives at most once.
    /// </summary>
    /// <param name="sender">The machine that sends.</param>
    /// <param name="receiver">Another machine.</param>
    /// <param name="bytes">Bytes of the tensors in the message.</param>
    Delivery Carry(string sender, string receiver, long bytes);
}

/// <summary>How a message is delivered.</summary>
/// <param name="Times">How often it arrives: 0 if it is lost.</param>
/// <param name="After">The delay.</param>
public readonly record struct Delivery(int Times, TimeSpan After);
