using System.Globalization;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Experiments.Results;

/// <summary>
/// The right to write to an output folder. The last process to write its term and name to the folder's file <c>server</c>
/// holds it. A process that wakes from a pause and finds another name there changes nothing.
/// </summary>
internal sealed class FolderClaim
{
    private readonly string _path;
    private readonly string _text;

    private FolderClaim(string path, string text)
    {
        _path = path;
        _text = text;
    }

    /// <summary>Claims the folder.</summary>
    /// <param name="path">The file.</param>
    /// <param name="holder">The process's name.</param>
    /// <param name="term">Its term, if terms are counted elsewhere; null for the one after the last.</param>
    /// <exception cref="FolderTakenException">It is already claimed for a later term.</exception>
    public static FolderClaim Take(string path, string holder, long? term)
    {
        var last = Term(Read(path));
        var own = term ?? last + 1;
        if (own < last)
            throw new FolderTakenException(path, Read(path));

        var claim = new FolderClaim(path, string.Create(CultureInfo.InvariantCulture, $"{own} {holder}\n"));
        AtomicFile.Write(path, file => file.Write(System.Text.Encoding.UTF8.GetBytes(claim._text)));
        return claim;
    }

    /// <summary>Throws if another process has claimed it since, or it was released.</summary>
    /// <exception cref="FolderTakenException">The claim is lost.</exception>
    public void ThrowIfLost()
    {
        var found = Read(_path);
        if (found != _text)
            throw new FolderTakenException(_path, found);
    }

    /// <summary>Releases it, unless another process has it.</summary>
    public void Release()
    {
        if (Read(_path) == _text)
            File.Delete(_path);
    }

    /// <summary>The name in a claim, whether its process lives or not; null where there is none.</summary>
    public static string? HolderIn(string path) => Read(path).Trim().Split(' ', 2) is [_, var holder] ? OneLine.Of(holder) : null;

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

    // A file that cannot be read claims nothing.
    private static long Term(string text) =>
        long.TryParse(text.Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var term) ? term : 0;
}

/// <summary>The output folder was claimed by another process, moved or deleted; nothing more may be written there from here.</summary>
public sealed class FolderTakenException : IOException
{
    /// <summary>Names the other process.</summary>
    internal FolderTakenException(string how)
        : base(how)
    {
    }

    /// <summary>Names the file, and its holder.</summary>
    internal FolderTakenException(string path, string found)
        : base($"{path}: expected this process, found {(found.Length == 0 ? "none" : OneLine.Of(found.Trim()))}: another one has taken this folder over")
    {
    }

    /// <summary>Whether the folder was moved or deleted, so that no other process continues with its content.</summary>
    public bool IsGone { get; private init; }

    internal static FolderTakenException Gone(string folder) =>
        new($"{folder}: expected this folder, found it gone: it was moved or deleted while in use") { IsGone = true };
}
