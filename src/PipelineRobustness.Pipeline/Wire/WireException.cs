using System.Runtime.Serialization;

namespace PipelineRobustness.Pipeline.Wire;

/// <summary>
/// A control message that cannot be sent or read: one line that names the manifest, the part, what was expected and what
/// was found. Akka.Remote logs it and continues; the connection survives.
/// </summary>
public sealed class WireException : SerializationException
{
    /// <summary>Makes the exception; line breaks and control characters in <paramref name="message"/> become blanks.</summary>
    public WireException(string message, Exception? inner = null)
        : base(string.Concat(message.Select(c => char.IsControl(c) ? ' ' : c)), inner)
    {
    }

    /// <summary>Makes the exception without a message of its own.</summary>
    public WireException()
        : this("a control message was refused")
    {
    }

    /// <summary>Makes the exception; line breaks and control characters in <paramref name="message"/> become blanks.</summary>
    public WireException(string message)
        : this(message, null)
    {
    }
}
