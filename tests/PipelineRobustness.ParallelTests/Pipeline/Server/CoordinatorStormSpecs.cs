using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server;
using PipelineRobustness.Pipeline.Server.Phases;

namespace PipelineRobustness.Tests.Pipeline.Server;

/// <summary>Random deaths, successors, lost and duplicated messages: the run ends, and never trains on a state that is missing or wrong.</summary>
public sealed class CoordinatorStormSpecs
{
    private const int Seeds = 2_000;
    private const int StepsMost = 4_000;

    // Rounds in which nothing is in transit: each passes time until something is asked again.
    private const int QuietRoundsMost = 60;

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.3)]
    public void A_run_ends_under_random_deaths_and_lost_or_doubled_messages(double duplicated) => AssertRight(seed => new Storm(seed, duplicated));

    /// <summary>And no honest stage is convicted.</summary>
    [Theory]
    [InlineData(0.0)]
    [InlineData(0.3)]
    public void A_refereed_run_ends_under_random_deaths_and_false_statements(double duplicated) =>
        AssertRight(seed => new Storm(seed, duplicated) { Liars = RandomLiars.Of(seed, stages: 3, most: 2) });

    private static void AssertRight(Func<int, Storm> storm)
    {
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var wrong = storm(seed).Run();
            Assert.True(wrong is null, $"seed {seed}: {wrong}");
        }
    }

    private sealed class Storm(int seed, double duplicated)
    {
        /// <summary>Under a referee: who states what falsely.</summary>
        public RandomLiars? Liars { get; init; }

        private readonly Random _random = new(seed);
        private int _joined = 5;
        private int _kills;
        private int _servers = 1;

        /// <summary>What was wrong; null for nothing.</summary>
        public string? Run()
        {
            var plan = ServerRig.Plan(3, remedy: Liars is null ? "substitute" : "referee");
            if (Liars is not null) _joined += 2;
            plan = plan with
            {
                LosesMessages = true,
                Recovery = plan.Recovery with { Retries = 1_000, RetryAfter = TimeSpan.FromSeconds(10) },
                Checkpoint = plan.Checkpoint with { Every = _random.Next(3) },
                Evaluation = new EvaluationSettings { Every = _random.Next(3) },
            };
            var world = new CoordinatorWorld(plan, hasStore: _random.Next(2) == 0).With(_joined);
            if (Liars is not null) world.Says = Liars.Says;
            var quiet = 0;
            for (var step = 0; step < StepsMost && world.End is null; step++)
            {
                if (!world.HasMail && ++quiet > QuietRoundsMost) break;
                Step(world);
                if (Wrong(world) is { } wrong) return wrong;
            }

            return world.End?.Status == RunStatus.Done ? null : world.End?.Reason ?? $"no end: {world.Server.Phase.WaitingFor}";
        }

        private void Step(CoordinatorWorld world)
        {
            if (_random.NextDouble() < duplicated / 10) world.DelayCopy(_random);
            var draw = _random.NextDouble();
            if (draw < 0.02 && _kills < 5)
            {
                _kills++;
                int[] nodes = [.. world.Nodes];
                world.Kill(nodes[_random.Next(nodes.Length)]);
                world.Join(++_joined);
            }
            else if (draw < 0.025 && _servers < 4)
            {
                world.TakeOver($"server-{++_servers}");
            }
            else if (!world.HasMail)
            {
                Wait(world);
            }
            else if (draw < 0.035)
            {
                world.LoseNext();
            }
            else
            {
                world.DeliverOne(_random.NextDouble() < duplicated);
            }
        }

        private static void Wait(CoordinatorWorld world)
        {
            if (world.HasTimer<CoordinatorTimer.AskAgain>()) world.Fire<CoordinatorTimer.AskAgain>(TimeSpan.FromSeconds(1));
            if (world.HasMail) return;
            world.Fire<CoordinatorTimer.Tick>(TimeSpan.FromSeconds(20));
            world.Deliver();
            if (world.End is not null) return;
            world.AllWait(TimeSpan.FromSeconds(15));
            world.Fire<CoordinatorTimer.Tick>(TimeSpan.FromSeconds(1));
        }

        private string? Wrong(CoordinatorWorld world)
        {
            if (Liars?.Framed(world) is { } framed) return framed;
            if (world.Server is not { IsOver: false, Phase: Training training }) return null;
            var version = training.Iteration.Iteration;
            return training.Placed.Stages.Select(world.Find).OfType<ScriptedStage>().Where(stage => stage.Version == version)
                .Where(stage => stage.Own != ScriptedStage.Digest(version, stage.Number) || stage.Copy is null
                    || (Liars is not null && stage.Copy != ScriptedStage.Digest(version, (stage.Number + 2) % 3)))
                .Select(stage => $"iteration {version} began and stage {stage.Number} had not its state").FirstOrDefault();
        }
    }
}
