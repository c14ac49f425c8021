using PipelineRobustness.Models;
using PipelineRobustness.Models.Weights;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Simulation;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>A fault of the promise table, by its name there: injected when stage 1 goes backward in an iteration.</summary>
internal sealed class ScriptedFault(string name, long iteration) : IStageBehaviour
{
    private RunSystem _run = null!;
    private SimulatedWorld _world = null!;
    private bool _injected;
    private bool _injectedAgain;
    private bool _gone;

    public IStageBehaviour Lies { get; set; } = HonestBehaviour.Instance;

    /// <summary>Room of each node: as much as there are stages, unless room is what is missing.</summary>
    public int Room(int stages) => name == "no node has room for what was lost" ? 1 : stages;

    public IWeightSource Weights(IWeightSource weights) => new LosableWeights(weights, this);

    public void Begin(RunSystem run, SimulatedWorld world) => (_run, _world) = (run, world);

    public Tensor Send(SendContext context, Tensor honest) => Lies.Send(context, honest);

    public void BeforeWork(WorkContext context)
    {
        if (context.Iteration != iteration || context.Stage != 1 || context.Direction != Direction.Backward) return;
        if (_injected && !_injectedAgain && name == "a second node dies while the first is recovered")
        {
            _injectedAgain = true;
            Kill("node-4");
        }

        if (_injected && name != "a stage throws always") return;
        _injected = true;
        Inject();
    }

    private void Inject()
    {
        switch (name)
        {
            case "nothing": break;
            case "a stage throws once" or "a stage throws always": throw new InvalidOperationException("out of memory");
            case "one node dies" or "no node has room for what was lost": Kill("node-3"); break;
            case "the first stage's node dies": Kill("node-1"); break;
            case "the server dies": MoveServer(); break;
            case "server and node die together": MoveServer("node-3"); break;
            case "two nodes die that are no ring neighbours": Kill("node-1", "node-3"); break;
            case "two ring neighbours die": Kill("node-2", "node-3"); break;
            case "a second node dies while the first is recovered": Kill("node-2"); break;
            case "all nodes die but one": Kill("node-1", "node-2", "node-4"); break;
            case "the first weights are gone, and with them every holder":
                _gone = true;
                Kill("node-3");
                break;
            case "every process dies, and the run is resumed" or "the newest checkpoint is damaged, and the run is resumed": _world.Abandon(); break;
            default: throw new ArgumentException($"the promise table names an unknown fault: {name}");
        }
    }

    private void MoveServer(params string[] nodes)
    {
        _run.KillServer();
        Kill(nodes);
        _run.Serve();
    }

    private void Kill(params string[] nodes)
    {
        foreach (var node in _run.Nodes.Where(n => nodes.Contains(n.Name)).ToArray()) _run.Kill(node);
    }

    private sealed class LosableWeights(IWeightSource weights, ScriptedFault fault) : IWeightSource
    {
        public string Identity => weights.Identity;

        public void Fill(string name, Tensor parameter)
        {
            if (fault._gone) throw new BadInputException("weights are gone");
            weights.Fill(name, parameter);
        }
    }
}
