using PipelineRobustness.Experiments.Report;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Experiments.Results;

/// <summary>
/// The folder of an experiment's results. It is locked by the process that writes to it, or by the nodes of one cluster together; the
/// system ends the lock of a process that has died. Among these nodes, one that has claimed it stops writing when another one claims it,
/// since after a failover the former server may only have been paused.
/// </summary>
public sealed class ExperimentFolder : IDisposable
{
    private const int NumbersTried = 10_000;
    private const int ProbeBytes = 1 << 16;
    private const string ClaimName = "server", LockName = ".pipeline-robustness.lock";

    private static readonly string[] Files =
        ["experiment.json", "events.jsonl", "report.html", "results.md", "error.log", ClaimName, LockName, "checkpoints", "evidence", "struck"];

    private FolderClaim? _claim;

    // Null where this process only reads, or has not begun to write.
    private FileLock? _lock;

    private ExperimentFolder(string root) => Root = root;

    /// <summary>The output folder.</summary>
    public string Root { get; }

    /// <summary>The results in one file, for scripts.</summary>
    public string Json => Path.Combine(Root, "experiment.json");

    /// <summary>A line per iteration and verdict.</summary>
    public string Events => Path.Combine(Root, "events.jsonl");

    /// <summary>The results in one page, for people.</summary>
    public string Report => Path.Combine(Root, "report.html");

    /// <summary>The results by rate and remedy, for documents.</summary>
    public string Markdown => Path.Combine(Root, "results.md");

    /// <summary>Details of unexpected errors; absent if there was none.</summary>
    public string Errors => Path.Combine(Root, "error.log");

    /// <summary>The checkpoints of unfinished runs, each run's in its own folder.</summary>
    public string Checkpoints => Path.Combine(Root, "checkpoints");

    /// <summary>The evidence of convictions, each in its own folder.</summary>
    public string Evidence => Path.Combine(Root, "evidence");

    /// <summary>Where real processes that execute a scenario record its injections.</summary>
    public string Injections => Path.Combine(Root, "struck");

    /// <summary>Whether it holds nothing but its lock.</summary>
    public bool IsEmpty => Directory.EnumerateFileSystemEntries(Root).All(entry => Path.GetFileName(entry) == LockName);

    /// <summary>Whether it was moved or deleted while it was held.</summary>
    public bool IsLost => _lock is { IsInPlace: false };

    /// <summary>Whether <see cref="Claim"/> was called.</summary>
    public bool IsClaimed => _claim is not null;

    /// <summary>An existing folder, to read from, or to <see cref="Share"/> and claim.</summary>
    public static ExperimentFolder At(string path) => new(path);

    /// <summary>The folder that an experiment was begun in, to read from.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="source">The option or setting that names it, for errors.</param>
    /// <exception cref="BadInputException">It does not exist, or holds nothing of an experiment.</exception>
    public static ExperimentFolder Of(string path, string source)
    {
        var folder = new ExperimentFolder(path);
        if (((string[])[folder.Json, folder.Events, folder.Injections]).Any(Path.Exists)) return folder;
        var found = path.Length == 0 ? "an empty name" : Directory.Exists(path) ? $"nothing of one in {path}" : $"no folder {path}";
        throw new BadInputException($"{source}: expected the output folder of an experiment, found {OneLine.Of(found, 300)}");
    }

    /// <summary>Creates the folder if it does not exist, so that an unwritable one is reported before the experiment starts.</summary>
    /// <exception cref="BadInputException">It cannot be created or written to.</exception>
    public static void ThrowIfClosed(string path) => Try(path, () =>
    {
        Directory.CreateDirectory(path);
        Probe(path);
        return true;
    });

    // A file without content fits on a full disk; a quota or a server may refuse no sooner than it stores the content.
    private static void Probe(string path)
    {
        using var probe = new FileStream(
            Path.Combine(path, Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.Write, FileShare.None, 0, FileOptions.DeleteOnClose);
        probe.Write(new byte[ProbeBytes]);
        probe.Flush(flushToDisk: true);
    }

    /// <summary>Refuses a folder that another process works in, before it takes long to find out. Creates nothing.</summary>
    /// <exception cref="BadInputException">Another process holds it.</exception>
    public static void ThrowIfInUse(string path)
    {
        var file = Path.Combine(path, LockName);
        if (!File.Exists(file)) return;
        // Shared, so that processes that only ask do not keep each other out.
        using var asked = Try(path, () => FileLock.TryShared(file)) ?? throw InUse(path);
    }

    /// <summary>Creates a folder if necessary, and keeps other writers out of it until it is disposed of.</summary>
    /// <exception cref="BadInputException">It cannot be created or written to, or another process works in it.</exception>
    public static ExperimentFolder Hold(string path) => TryHold(path) ?? throw InUse(path);

    /// <summary>
    /// Holds a folder and opens it. Results of an earlier experiment in it are replaced, unless that was not finished and has runs or
    /// checkpoints: a forgotten option must not cost hours. Other files stay.
    /// </summary>
    /// <param name="path">The folder.</param>
    /// <param name="resume">Whether to continue with its content; nothing is replaced then.</param>
    /// <exception cref="BadInputException">
    /// The folder cannot be created or written to, holds an unfinished experiment, or another process works in it.
    /// </exception>
    public static ExperimentFolder Open(string path, bool resume = false) => Hold(path).Opened(resume);

    private static ExperimentFolder? TryHold(string path) => Try(path, () =>
    {
        Directory.CreateDirectory(path);
        return FileLock.TryExclusive(Path.Combine(path, LockName)) is { } held ? new ExperimentFolder(path) { _lock = held } : null;
    });

    private static BadInputException InUse(string path)
    {
        var last = FolderClaim.HolderIn(Path.Combine(path, ClaimName)) is { } holder ? $" (last claimed by {holder})" : "";
        return new BadInputException($"--out: expected a folder that no other process writes to, found {path} in use by another process{last}");
    }

    private ExperimentFolder Opened(bool resume)
    {
        try
        {
            return Try(Root, () =>
            {
                Probe(Root);
                if (!resume) Clear();
                Sweep();
                using (File.Open(Events, FileMode.Append))
                    return this;
            });
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private static T Try<T>(string path, Func<T> open)
    {
        if (path.Length == 0)
            throw new BadInputException("--out: expected a folder that can be written to, found an empty name");

        try
        {
            return open();
        }
        catch (Exception e) when (UserFile.IsRefusal(e) && e is not FolderTakenException)
        {
            // The exception's text is about a missing file, not about the folder to be created.
            var why = e is FileNotFoundException or DirectoryNotFoundException ? "nothing can be made there" : UserFile.Why(e);
            throw new BadInputException($"--out: expected a folder that can be written to, found {path}: {why}", e);
        }
    }

    /// <summary>
    /// The folder of an experiment that names none: <c>out/FILE-SEED</c> under the current folder, with a number appended
    /// if that exists, so that no result is overwritten.
    /// </summary>
    /// <exception cref="BadInputException">The folder cannot be created or written to.</exception>
    public static ExperimentFolder OpenFresh(string title, ulong seed)
    {
        var path = Path.Combine("out", FormattableString.Invariant($"{title}-{seed}"));
        var numbered = Enumerable.Range(2, NumbersTried).Select(n => FormattableString.Invariant($"{path}-{n}")).Prepend(path);
        return numbered.Where(p => !Path.Exists(p)).Select(TryFresh).OfType<ExperimentFolder>().FirstOrDefault()
            ?? throw new BadInputException($"--out: expected a folder, since {path} and {NumbersTried} more exist");
    }

    // Null where a process that was started in the same instant came first.
    private static ExperimentFolder? TryFresh(string path)
    {
        var folder = TryHold(path);
        if (folder is null or { IsEmpty: true }) return folder?.Opened(resume: false);
        folder.Dispose();
        return null;
    }

    /// <summary>Whether a file of this name is one of the results, so that no run's folder can have it.</summary>
    public static bool IsOwn(string name) => Files.Contains(name, StringComparer.OrdinalIgnoreCase) || FigureSet.IsOwn(name);

    /// <summary>The path of a run's final weights, relative to the output folder.</summary>
    public static string ModelOf(string run) => Path.Combine(run, "model");

    /// <summary>The full path of something in the folder.</summary>
    public string Full(string relative) => Path.Combine(Root, relative);

    /// <summary>
    /// From now on this process is one of a cluster's nodes, which use the folder together: it is locked for others as long as one of
    /// them lives.
    /// </summary>
    /// <exception cref="BadInputException">Another process than these works in it.</exception>
    public void Share()
    {
        if (_lock?.TryShare() == true) return;
        _lock?.Dispose();
        _lock = Try(Root, () => FileLock.TryShared(Path.Combine(Root, LockName))) ?? throw InUse(Root);
    }

    /// <summary>Claims the folder: only this process may write here, until another one claims it.</summary>
    /// <param name="holder">The holder's name; null for the process.</param>
    /// <param name="term">The term of a server; the claim of the latest term holds. Null takes the next term.</param>
    /// <exception cref="FolderTakenException">A server of a later term holds it.</exception>
    /// <exception cref="BadInputException">It cannot be written to.</exception>
    public void Claim(string? holder = null, long? term = null)
    {
        ThrowIfMoved();
        _claim = Try(Root, () =>
        {
            Directory.CreateDirectory(Root);
            return FolderClaim.Take(
                Path.Combine(Root, ClaimName), holder ?? $"process {Environment.ProcessId} on {Environment.MachineName}", term);
        });
    }

    /// <summary>Writes what must be there before an experiment begins.</summary>
    /// <exception cref="FolderTakenException">The folder is not this process's any more.</exception>
    /// <exception cref="BadInputException">It cannot be written to.</exception>
    public T Begin<T>(Func<T> write) => Try(Root, write);

    /// <summary>
    /// Throws if another process has claimed the folder since, or it was moved or deleted; while it is unclaimed and not held, any process
    /// may write.
    /// </summary>
    /// <exception cref="FolderTakenException">The folder is not this process's any more.</exception>
    public void ThrowIfLost()
    {
        var claim = _claim;
        // A new folder in the old one's place has a claim of its own, as soon as its process writes.
        if (claim is null || FolderClaim.HolderIn(Path.Combine(Root, ClaimName)) is null) ThrowIfMoved();
        claim?.ThrowIfLost();
    }

    private void ThrowIfMoved()
    {
        if (IsLost) throw FolderTakenException.Gone(Root);
    }

    /// <summary>Replaces a file as a whole.</summary>
    /// <exception cref="FolderTakenException">Another process has claimed the folder since; the file is unchanged.</exception>
    public void Replace(string path, Action<FileStream> write)
    {
        ThrowIfLost();
        AtomicFile.Write(path, file =>
        {
            write(file);
            ThrowIfLost();
        });
    }

    /// <summary>Replaces a text file as a whole.</summary>
    /// <exception cref="FolderTakenException">Another process has claimed the folder since; the file is unchanged.</exception>
    public void Write(string path, string text) => Replace(path, file => file.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    /// <summary>Releases the folder, if it was claimed or held here.</summary>
    public void Dispose()
    {
        _claim?.Release();
        _claim = null;
        _lock?.Dispose();
        _lock = null;
    }

    // What a process that died while it wrote has left: no other process writes here now.
    private void Sweep()
    {
        foreach (var file in Directory.GetFiles(Root, "*.tmp"))
        {
            if (Path.GetFileName(file).Split('.') is [.. var name, var process, _] && process.All(char.IsAsciiDigit) && IsOwn(string.Join('.', name)))
                File.Delete(file);
        }
    }

    private void Clear()
    {
        var (done, finished) = ExperimentJson.Standing(Json);
        var checkpoints = Directory.Exists(Checkpoints) && Directory.EnumerateFileSystemEntries(Checkpoints).Any();
        if (!finished && (done > 0 || checkpoints))
        {
            var kept = checkpoints ? ", with checkpoints" : "";
            throw new BadInputException(
                $"--out: expected --resume or another folder, found an unfinished experiment in {Root} ({done} {(done == 1 ? "run" : "runs")} done{kept})");
        }

        var figures = Directory.GetFiles(Root, "*.svg").Where(f => FigureSet.IsOwn(Path.GetFileName(f)));
        foreach (var old in (string[])[Json, Events, Report, Markdown, Errors, .. figures])
            File.Delete(old);

        foreach (var old in ((string[])[Checkpoints, Evidence]).Where(Directory.Exists))
            Directory.Delete(old, recursive: true);
    }
}
