using System.Text.RegularExpressions;
using Mono.Cecil;

namespace PipelineRobustness.Tests.Ground;

/// <summary>Allowed dependencies: between the five layers, among actors, and none from the defence to the attacks.</summary>
public sealed partial class ArchitectureSpecs
{
    private const string Product = "PipelineRobustness.";

    public static TheoryData<string, string[]> RoomsBelow => new()
    {
        { "Models", [] },
        { "Pipeline", ["Models"] },
        { "Adversity", ["Models", "Pipeline"] },
        { "Experiments", ["Models", "Pipeline", "Adversity"] },
        { "Hosting", ["Models", "Pipeline"] },
        { "Cli", ["Models", "Pipeline", "Experiments", "Hosting"] },
    };

    [Theory]
    [MemberData(nameof(RoomsBelow))]
    public void A_room_knows_only_those_below_it(string room, string[] below) =>
        Assert.Empty(Named(room).Assemblies.Where(name => name.StartsWith(Product, StringComparison.Ordinal)).Except(below.Select(name => Product + name)));

    [Fact]
    public void Models_knows_no_actors() => Assert.DoesNotContain(Room.Models.Assemblies, IsAkka);

    [Fact]
    public void Experiments_knows_no_terminal()
    {
        Assert.DoesNotContain(Room.Experiments.Assemblies, name => name.StartsWith("Spectre.", StringComparison.Ordinal) || name == "System.CommandLine");
        Assert.DoesNotContain("System.Console", Room.Experiments.ForeignTypes);
    }

    [Fact]
    public void The_command_line_knows_neither_actors_nor_tensors() =>
        Assert.DoesNotContain(Room.Cli.Assemblies, name => IsAkka(name) || name == "TorchSharp");

    /// <summary>Neither by reference (above) nor by a name looked up at run time.</summary>
    [Fact]
    public void Pipeline_looks_up_no_assembly_and_no_type_by_name()
    {
        string[] lookups =
        [
            "System.Reflection.Assembly::Load", "System.Reflection.Assembly::LoadFrom", "System.Reflection.Assembly::LoadFile",
            "System.Reflection.Assembly::GetEntryAssembly", "System.Reflection.Assembly::GetCallingAssembly",
            "System.AppDomain::get_CurrentDomain", "System.AppDomain::GetAssemblies", "System.Type::GetType",
            "System.Runtime.Loader.AssemblyLoadContext::get_Default", "System.Runtime.Loader.AssemblyLoadContext::get_All",
        ];
        Assert.Empty(Room.Pipeline.ForeignCalls.Intersect(lookups));
    }

    /// <summary>A detector or remedy with access to the port could query what is plugged into it.</summary>
    [Fact]
    public void Detectors_and_remedies_do_not_know_the_port_that_lies_enter_by()
    {
        string[] folders = ["Verification", "Verification.Detectors", "Remedies"];
        var defence = folders.SelectMany(DeclaredUnder).ToList();
        Assert.Contains("Detector", defence);
        string[] port = [Product + "Pipeline.Ports.IStageBehaviour", Product + "Pipeline.Ports.RunPorts"];
        Assert.Contains(Room.Pipeline.Types, type => type.Name == "Stage" && Room.Uses(type).Intersect(port).Any());
        foreach (var type in Room.Pipeline.Types.Where(type => defence.Contains(type.Name)))
            Assert.Empty(Room.Uses(type).Intersect(port).Select(used => $"{type.Name} uses {used}"));
    }

    /// <summary>Addresses are names to it: it sends nothing itself, and has no clock, no store and no observer.</summary>
    [Fact]
    public void The_coordinator_knows_actors_only_by_their_addresses()
    {
        string[] addresses = ["Akka.Actor.IActorRef", "Akka.Actor.ActorRefs", "Akka.Actor.ActorPath"];
        string[] ports = ["System.TimeProvider", Product + "Pipeline.Ports.IStore", Product + "Pipeline.Running.IRunObserver"];
        var server = Room.Pipeline.Types
            .Where(type => type.Namespace.StartsWith(Product + "Pipeline.Server", StringComparison.Ordinal) && type.Name != "CoordinatorActor").ToList();
        Assert.Contains(server, type => type.Name == "Coordinator");
        foreach (var type in server)
        {
            var uses = Room.Uses(type).Where(used => used.StartsWith("Akka.", StringComparison.Ordinal) || ports.Contains(used)).Except(addresses);
            Assert.Empty(uses.Select(used => $"{type.Name} uses {used}"));
            Assert.DoesNotContain(Room.Calls(type), call => call.EndsWith("::Tell", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Adversity_knows_only_the_ports_and_setting_attributes_of_the_pipeline()
    {
        // The port to the disk names ballots, and attacks declare their own settings. An attacker may know the detectors, and the public draw.
        string[] known =
        [
            "Messages.Ballot", "Verification.IDetector", "Verification.IDetectorState", "Verification.Observation", "Verification.Finding",
            "Verification.Detectors.DetectorCatalog", "Running.AuditSettings", "Referee.AuditDraw", "Referee.AuditKind",
        ];
        var ports = DeclaredUnder("Ports").Select(name => $"Ports.{name}").Concat(known).Select(name => $"{Product}Pipeline.{name}");
        Assert.Empty(Room.Adversity.ForeignTypes.Where(name => name.StartsWith(Product + "Pipeline.", StringComparison.Ordinal)
            && !name.StartsWith(Product + "Pipeline.Settings.", StringComparison.Ordinal)).Except(ports));
    }

    [Fact]
    public void Actors_are_found() => Assert.True(Actors().Count >= 5, string.Join(", ", Actors().Select(actor => actor.Name)));

    /// <summary>These leave the seeded dispatcher: the order of messages would no longer follow from the seed.</summary>
    [Fact]
    public void No_actor_asks_pipes_awaits_or_runs_a_task()
    {
        foreach (var actor in Actors())
        {
            Assert.Empty(Room.Calls(actor).Where(LeavesTheDispatcher).Select(call => $"{actor.Name} calls {call}"));
            Assert.DoesNotContain(Room.WithNested(actor), IsAsync);
        }
    }

    /// <summary>
    /// Nothing else in the layer that an actor could call awaits either, except for callers' entry points and what is
    /// behind a port because it is slow (the disk's thread), and a cluster's node, whose experiment is driven outside of actors.
    /// </summary>
    [Fact]
    public void Only_entry_points_of_the_pipeline_await()
    {
        string[] doors = ["RunSpec", "RunSystem", "SimulatedWorld", "BackgroundStore", "ServerLeadership"];
        // Sockets and threads between machines. A simulation has none: it plugs an empty ILanes.
        var lanes = DeclaredUnder("Lanes").ToHashSet();
        Assert.Contains("TensorLanes", lanes);
        Assert.Contains(Room.Pipeline.Types.Where(type => doors.Contains(type.Name)).SelectMany(Room.WithNested), IsAsync);
        Assert.Contains(Room.Pipeline.Types.Where(type => doors.Contains(type.Name)).SelectMany(Room.Calls), LeavesTheDispatcher);
        var insiders = Room.Pipeline.Types.Where(type => !doors.Contains(type.Name) && !lanes.Contains(type.Name)).ToList();
        Assert.DoesNotContain(Product + "Pipeline.Lanes.TensorLanes", Actors().SelectMany(Room.Uses));
        Assert.Empty(insiders.SelectMany(Room.WithNested).Where(IsAsync).Select(type => type.FullName));
        Assert.Empty(insiders.SelectMany(type => Room.Calls(type).Where(LeavesTheDispatcher).Select(call => $"{type.Name} calls {call}")));
    }

    private static Room Named(string name) => name switch
    {
        "Models" => Room.Models,
        "Pipeline" => Room.Pipeline,
        "Adversity" => Room.Adversity,
        "Experiments" => Room.Experiments,
        "Hosting" => Room.Hosting,
        _ => Room.Cli,
    };

    private static bool IsAkka(string assembly) => assembly == "Akka" || assembly.StartsWith("Akka.", StringComparison.Ordinal);

    private static List<TypeDefinition> Actors() =>
        [.. Room.Pipeline.Types.SelectMany(Room.WithNested).Where(type => Room.DerivesFrom(type, "Akka.Actor.ActorBase"))];

    private static bool LeavesTheDispatcher(string call) => OffTheDispatcher().IsMatch(call);

    private static bool IsAsync(TypeDefinition type) =>
        type.Interfaces.Any(one => one.InterfaceType.FullName == "System.Runtime.CompilerServices.IAsyncStateMachine");

    /// <summary>The names of the types in one of Pipeline's namespaces.</summary>
    private static IEnumerable<string> DeclaredUnder(string folder) =>
        Room.Pipeline.Types.Where(type => type.Namespace == $"{Product}Pipeline.{folder}").Select(type => type.Name);

    [GeneratedRegex(@"^Akka\..*::(Ask|PipeTo|ReceiveAsync|ReceiveAnyAsync|CommandAsync|RunTask|WatchAsync|GracefulStop)$"
        + @"|Tasks\.(Task|TaskFactory)(`1)?::(Run|StartNew|Delay|ContinueWith|Wait|get_Result)$|Threading\.(Thread|ThreadPool)::")]
    private static partial Regex OffTheDispatcher();
}
