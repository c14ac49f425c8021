using System.Globalization;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Experiments.Results;

/// <summary>
/// Who may write to an output folder: the last one who said so in its file <c>server</c>, by term and name. One that was
/// only paused finds another's name there and leaves everything as it is.
/// </summary>
internal sealed class Seat
{
    private readonly string _path;
    private readonly string _text;

    private Seat(string path, string text)
    {
        _path = path;
        _text = text;
    }

    /// <summary>Takes the seat.</summary>
    /// <param name="path">The file.</param>
    /// <param name="holder">Who takes it.</param>
    /// <param name="term">Its term, where terms are counted elsewhere; null for the one behind the last.</param>
    /// <exception cref="FolderTakenException">It is taken for a later term already.</exception>
    public static Seat Take(string path, string holder, long? term)
    {
        var last = Term(Read(path));
        var own = term ?? last + 1;
        if (own < last)
            throw new FolderTakenException(path, Read(path));

        var seat = new Seat(path, string.Create(CultureInfo.InvariantCulture, $"{own} {holder}\n"));
        AtomicFile.Write(path, file => file.Write(System.Text.Encoding.UTF8.GetBytes(seat._text)));
        return seat;
    }

    /// <summary>Throws where it was taken by another meanwhile, or left.</summary>
    /// <exception cref="FolderTakenException">So it was.</exception>
    public void ThrowIfLost()
    {
        var found = Read(_path);
        if (found != _text)
            throw new FolderTakenException(_path, found);
    }

    /// <summary>Leaves it, unless it is another's.</summary>
    public void Leave()
    {
        if (Read(_path) == _text)
            File.Delete(_path);
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return "";
        }
    }

    // What cannot be read is nobody's.
    private static long Term(string text) =>
        long.TryParse(text.Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var term) ? term : 0;
}

/// <summary>Another has gone on with an output folder meanwhile; nothing more may be written to it from here.</summary>
public sealed class FolderTakenException : IOException
{
    /// <summary>Says how another came to go on with it.</summary>
    internal FolderTakenException(string how)
        : base(how)
    {
    }

    /// <summary>Says whose folder it is.</summary>
    internal FolderTakenException(string path, string found)
        : base($"{path}: expected this process, found {(found.Length == 0 ? "nobody" : OneLine.Of(found.Trim()))}: another has gone on with this folder")
    {
    }
}
