namespace PipelineRobustness.Models;

/// <summary>
/// Something the user gave is wrong. The message is one line: it names the setting or file, what was expected and what
/// was found. The command line prints it as it is and ends with exit code 2.
/// </summary>
public sealed class BadInputException : Exception
{
    /// <summary>Makes the exception; line breaks and control characters in <paramref name="message"/> become blanks.</summary>
    public BadInputException(string message, Exception? inner = null)
        : base(Printable(message.ReplaceLineEndings(" ")), inner)
    {
    }

    /// <summary>Makes the exception without a message of its own.</summary>
    public BadInputException()
        : this("bad input")
    {
    }

    /// <summary>Makes the exception; line breaks in <paramref name="message"/> become blanks.</summary>
    public BadInputException(string message)
        : this(message, null)
    {
    }

    // What is quoted from a hostile file must not steer the terminal.
    private static string Printable(string message) =>
        message.Any(char.IsControl) ? string.Concat(message.Select(c => char.IsControl(c) ? ' ' : c)) : message;
}
