namespace PipelineRobustness.Models;

/// <summary>
/// The user's input is wrong. The message is one line that names the setting or file, what was expected and what was
/// found. The command line prints it unchanged and exits with code 2.
/// </summary>
public sealed class BadInputException : Exception
{
    /// <summary>Creates the exception; line breaks and control characters in <paramref name="message"/> become spaces.</summary>
    public BadInputException(string message, Exception? inner = null)
        : base(Printable(message.ReplaceLineEndings(" ")), inner)
    {
    }

    /// <summary>Creates the exception with a generic message.</summary>
    public BadInputException()
        : this("bad input")
    {
    }

    /// <summary>Creates the exception; line breaks and control characters in <paramref name="message"/> become spaces.</summary>
    public BadInputException(string message)
        : this(message, null)
    {
    }

    // Text quoted from a hostile file must not control the terminal.
    private static string Printable(string message) =>
        message.Any(char.IsControl) ? string.Concat(message.Select(c => char.IsControl(c) ? ' ' : c)) : message;
}
