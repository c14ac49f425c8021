using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Experiments.Results;

/// <summary>Results cannot be saved: a full disk, a quota, a folder that has become read-only. The message is one line.</summary>
public sealed class NotSavedException : IOException
{
    // ENOSPC and EDQUOT of Linux.
    private const int NoSpace = 28, OverQuota = 122;

    /// <summary>Says what was to be saved, and what was found.</summary>
    internal NotSavedException(string what, Exception trouble)
        : base($"expected {(IsOfRoom(trouble) ? "room " : "")}to save {what}, found {OneLine.Of(UserFile.Why(trouble), 300)}", trouble)
    {
    }

    /// <summary>Runs <paramref name="save"/>, and converts what the file system refuses.</summary>
    /// <exception cref="NotSavedException">It was refused.</exception>
    /// <exception cref="FolderTakenException">The folder is not this process's any more.</exception>
    internal static T Try<T>(string what, Func<T> save)
    {
        try
        {
            return save();
        }
        catch (Exception e) when (IsRefusal(e))
        {
            throw new NotSavedException(what, e);
        }
    }

    /// <summary>Whether an exception means that the file system refused to write.</summary>
    internal static bool IsRefusal(Exception e) =>
        e is (IOException and not FolderTakenException) or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value" };

    private static bool IsOfRoom(Exception e) => e is IOException { HResult: NoSpace or OverQuota } or ArgumentOutOfRangeException;
}
