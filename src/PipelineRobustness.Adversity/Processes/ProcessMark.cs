using System.Globalization;

namespace PipelineRobustness.Adversity.Processes;

/// <summary>A process: its machine, its number, and when it began, since numbers are reused.</summary>
/// <param name="Machine">The machine's name.</param>
/// <param name="Id">Its number there.</param>
/// <param name="Began">When it began, in the machine's own ticks.</param>
public sealed record ProcessMark(string Machine, int Id, string Began)
{
    // See man 5 proc_pid_stat; counted from after the name in brackets, which may contain anything.
    private const int StateField = 0, BeganField = 19;

    /// <summary>This process.</summary>
    public static ProcessMark Own { get; } = new(Environment.MachineName, Environment.ProcessId, BeganAt(Environment.ProcessId) ?? "");

    /// <summary>Whether it is a process of this machine, and still runs.</summary>
    public bool IsAlive => Machine == Environment.MachineName && BeganAt(Id) == Began;

    /// <summary>Reads what <see cref="ToString"/> wrote; null where it is something else.</summary>
    public static ProcessMark? Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Split(' ') is [var machine, var number, var began] && int.TryParse(number, CultureInfo.InvariantCulture, out var id)
            ? new ProcessMark(machine, id, began) : null;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Machine} {Id} {Began}");

    private static string? BeganAt(int id)
    {
        try
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[StateField] is "Z" or "X" ? null : fields[BeganField];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
