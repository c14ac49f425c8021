using Akka.Actor;

namespace PipelineRobustness.Pipeline.Ports;

/// <summary>The port to the machines of a simulation: who scripts their trouble does it here.</summary>
public interface IMachines
{
    /// <summary>Virtual time since the beginning.</summary>
    TimeSpan Now { get; }

    /// <summary>The nodes that run, by name, in order.</summary>
    IReadOnlyList<string> Nodes { get; }

    /// <summary>Whether a node runs.</summary>
    bool Has(string node);

    /// <summary>The machine of the central server; null while there is none.</summary>
    string? Server { get; }

    /// <summary>The node that works a stage now; null where nobody does.</summary>
    string? NodeOf(int stage);

    /// <summary>The machine whose actor is at work now; null outside of one.</summary>
    string? Here { get; }

    /// <summary>What a machine's actors are at is done later by so much.</summary>
    void Delay(string machine, TimeSpan time);

    /// <summary>A node is no more, with all its stages. The others are told after <paramref name="noticed"/>.</summary>
    void Crash(string node, TimeSpan noticed);

    /// <summary>A node of which nothing is heard any more counts as lost from now on. It still runs.</summary>
    void GiveUp(string node);

    /// <summary>A node will go after <paramref name="notice"/>, and its stages are to move before.</summary>
    void Leave(string node, TimeSpan notice);

    /// <summary>Another node joins, empty.</summary>
    /// <returns>Its name.</returns>
    string Join();

    /// <summary>Another server begins after <paramref name="takenOver"/>.</summary>
    /// <param name="takenOver">When.</param>
    /// <param name="stops">Whether the one before it is no more; else it was only paused, and goes on beside the other.</param>
    void CrashServer(TimeSpan takenOver, bool stops);

    /// <summary>Starts an actor beside the run's own: whoever plays what goes wrong by the clock.</summary>
    void Start(Props actor, string name);

    /// <summary>Calls back after a time of the simulation.</summary>
    void After(TimeSpan time, Action action);

    /// <summary>Whoever computes in this instant is busy for a time: what it does next, and says from here on, comes that much later.</summary>
    void Spend(TimeSpan time);
}
