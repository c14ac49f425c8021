using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Wire;

namespace PipelineRobustness.Tests.Pipeline.Wire;

/// <summary>
/// Two real actor systems on loopback. Marked messages arrive. Of a peer that speaks Akka.Remote with its default settings, no
/// other message arrives or creates an object, and the connection survives. Default settings accept what is refused here.
/// </summary>
public sealed class RemoteWireSpecs
{
    private const string Last = "that is all";

    private static readonly Ballot Ballot = new(1, new NodeId("node-1", 7));

    [Fact]
    public async Task A_record_arrives_and_the_actor_in_it_can_be_answered()
    {
        await using var here = new RemoteSystem("node", WireSerializer.Settings);
        await using var there = new RemoteSystem("node", WireSerializer.Settings);
        here.EarOf(there).Tell(new StateQuery(Ballot, new RunKey("clean", 3), here.Ear));
        var query = Assert.IsType<StateQuery>(await there.HeardAsync());
        Assert.Equal((Ballot, new RunKey("clean", 3)), (query.Ballot, query.Run));
        query.Server.Tell(new NodeState(Ballot, new NodeId("node-2", 8), [there.Ear], 7));
        Assert.Equal([there.Ear.Path.Name], Assert.IsType<NodeState>(await here.HeardAsync()).Stages.Select(s => s.Path.Name));
    }

    [Fact]
    public async Task A_missing_actor_arrives_as_none_and_a_returning_actor_is_local_again()
    {
        await using var here = new RemoteSystem("node", WireSerializer.Settings);
        await using var there = new RemoteSystem("node", WireSerializer.Settings);
        here.EarOf(there).Tell(new StageState(Ballot, new NodeId("node-1"), 1, here.Ear, ActorRefs.Nobody, 0, null, 5, null, null, null, Rulings.None, 0));
        var present = Assert.IsType<StageState>(await there.HeardAsync());
        Assert.Same(ActorRefs.Nobody, present.Detector);
        there.EarOf(here).Tell(present);
        Assert.Equal(here.Ear, Assert.IsType<StageState>(await here.HeardAsync()).Actor);
    }

    public static TheoryData<object> Strange => [new Unmarked("secret"), 1.5, new List<int> { 1 }, new EndRun(Ballot)];

    [Theory]
    [MemberData(nameof(Strange))]
    public async Task A_peer_s_default_serialization_does_not_arrive(object message)
    {
        await using var peer = new RemoteSystem("stranger", Config.Empty);
        await using var node = new RemoteSystem("node", WireSerializer.Settings);
        Say(peer, node, message);
        Assert.Equal(Last, await node.HeardAsync());
        Assert.Contains("serializer 1 is not spoken here", await node.LoggedAsync("not spoken here"), StringComparison.Ordinal);
        Assert.Equal(0, node.Partings);

        await using var careless = new RemoteSystem("node", Config.Empty);
        Say(peer, careless, message);
        Assert.IsType(message.GetType(), await careless.HeardAsync());
    }

    [Fact]
    public async Task A_type_named_to_the_protobuf_serializer_is_not_created()
    {
        await using var peer = new RemoteSystem("stranger", ConfigurationFactory.ParseString(
            $$"""
            akka.actor {
              serializers.forger = "{{typeof(Forger).FullName}}, {{typeof(Forger).Assembly.GetName().Name}}"
              serialization-bindings { "{{typeof(Forged).FullName}}, {{typeof(Forged).Assembly.GetName().Name}}" = forger }
            }
            """));
        await using var node = new RemoteSystem("node", WireSerializer.Settings);
        var before = Witness.Made;
        Say(peer, node, new Forged());
        Assert.Equal(Last, await node.HeardAsync());
        await node.LoggedAsync("serializer 2 is not spoken here");
        Assert.Equal((before, 0), (Witness.Made, node.Partings));

        await using var careless = new RemoteSystem("node", Config.Empty);
        Say(peer, careless, new Forged());
        Assert.Equal(Last, await careless.HeardAsync());
        Assert.Equal(before + 1, Witness.Made);
    }

    [Fact]
    public async Task An_actor_deployed_by_a_peer_is_not_created()
    {
        await using var peer = new RemoteSystem("stranger", Config.Empty);
        await using var node = new RemoteSystem("node", WireSerializer.Settings);
        Deploy(peer, node);
        await node.LoggedAsync("serializer 3 is not spoken here");
        Assert.Equal(0, node.Partings);
        peer.EarOf(node).Tell(Last);
        Assert.Equal(Last, await node.HeardAsync());

        await using var careless = new RemoteSystem("node", Config.Empty);
        Deploy(peer, careless);
        Assert.Equal(Guest.Greeting, await careless.HeardAsync());
    }

    [Fact]
    public async Task An_unmarked_record_is_not_sent()
    {
        await using var here = new RemoteSystem("node", WireSerializer.Settings);
        await using var there = new RemoteSystem("node", Config.Empty);
        Say(here, there, new Unmarked("secret"));
        Assert.Equal(Last, await there.HeardAsync());
    }

    private static void Say(RemoteSystem from, RemoteSystem to, object message)
    {
        from.EarOf(to).Tell(message);
        from.EarOf(to).Tell(Last);
    }

    private static void Deploy(RemoteSystem from, RemoteSystem to) =>
        from.System.ActorOf(Props.Create(() => new Guest()).WithDeploy(new Deploy(new RemoteScope(to.Address))));

    private sealed record Unmarked(string Secret);

    private sealed record Forged;

    private sealed class Guest : ReceiveActor
    {
        public const string Greeting = "I was made here";

        public Guest() => Context.ActorSelection("/user/ear").Tell(Greeting);
    }

    private sealed class Witness
    {
        private static int _made;

        public Witness() => Interlocked.Increment(ref _made);

        public static int Made => Volatile.Read(ref _made);
    }

    /// <summary>Claims to be protobuf's serializer, and names a type that protobuf does not have.</summary>
    private sealed class Forger(ExtendedActorSystem system) : SerializerWithStringManifest(system)
    {
        public override int Identifier => 2;

        public override string Manifest(object o) => typeof(Witness).AssemblyQualifiedName!;

        public override byte[] ToBinary(object obj) => [];

        public override object FromBinary(byte[] bytes, string manifest) => throw new NotSupportedException();
    }
}
