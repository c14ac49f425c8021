using Akka.Actor;

namespace PipelineRobustness.Pipeline.Ports;

/// <summary>The port to the machines of a simulation, through which a scenario acts on them.</summary>
public interface IMachines
{
    /// <summary>Virtual time since the beginning.</summary>
    TimeSpan Now { get; }

    /// <summary>The nodes that run, by name, in order.</summary>
    IReadOnlyList<string> Nodes { get; }

    /// <summary>Whether a node runs.</summary>
    bool Has(string node);

    /// <summary>The machine of the central server; null if there is none.</summary>
    string? Server { get; }

    /// <summary>The node that holds a stage now; null if none does.</summary>
    string? NodeOf(int stage);

    /// <summary>The machine whose actor is running now; null outside of actors.</summary>
    string? Here { get; }

    /// <summary>Delays what a machine's actors are computing.</summary>
    void Delay(string machine, TimeSpan time);

    /// <summary>Ends a node with all its stages. The others learn of it after <paramref name="noticed"/>.</summary>
    void Crash(string node, TimeSpan noticed);

    /// <summary>Counts a silent node as lost from now on. It still runs.</summary>
    void GiveUp(string node);

    /// <summary>Ends a node after <paramref name="notice"/>; its stages should move before that.</summary>
    void Leave(string node, TimeSpan notice);

    /// <summary>Adds an empty node.</summary>
    /// <returns>Its name.</returns>
    string Join();

    /// <summary>Starts another server after <paramref name="takenOver"/>.</summary>
    /// <param name="takenOver">When.</param>
    /// <param name="stops">Whether the earlier one ends; otherwise it was only paused, and continues concurrently.</param>
    void CrashServer(TimeSpan takenOver, bool stops);

    /// <summary>Starts an actor in addition to the run's own.</summary>
    void Start(Props actor, string name);

    /// <summary>Calls back after a virtual time span.</summary>
    void After(TimeSpan time, Action action);

    /// <summary>Charges virtual time to the running actor; its next message and what it sends from here on are delayed.</summary>
    void Spend(TimeSpan time);
}
