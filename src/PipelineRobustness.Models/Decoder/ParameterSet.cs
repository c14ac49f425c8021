using PipelineRobustness.Models.Families;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Models.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Decoder;

/// <summary>A block's parameters, created and initialized in the model's order; the decoder's components look theirs up by name.</summary>
internal sealed class ParameterSet : IDisposable
{
    private readonly Dictionary<string, Parameter> _byName;

    public ParameterSet(IReadOnlyList<ParameterSpec> specs, IWeightSource weights, Device? device)
    {
        var created = new List<BlockParameter>();
        try
        {
            foreach (var spec in specs)
                created.Add(new BlockParameter(spec.Name, Create(spec, weights, device), spec.Decays, spec.TiedTo));
        }
        catch
        {
            created.ForEach(parameter => parameter.Value.Dispose());
            throw;
        }
        All = created;
        _byName = created.ToDictionary(parameter => parameter.Name, parameter => parameter.Value);
    }

    public IReadOnlyList<BlockParameter> All { get; }

    public Parameter this[string name] => _byName[name];

    public Parameter? Find(string name) => _byName.GetValueOrDefault(name);

    public void Dispose()
    {
        foreach (var parameter in All)
            parameter.Value.Dispose();
    }

    /// <summary>A parameter belongs to the dispose scope in which it is created, so it is detached from the caller's.</summary>
    private static Parameter Create(ParameterSpec spec, IWeightSource weights, Device? device)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var values = empty(spec.Shape, float32, CPU);
        weights.Fill(spec.Name, values);
        var parameter = new Parameter(device is null ? values : values.to(device));
        LiveTensors.NoteParameter();
        return (Parameter)parameter.DetachFromDisposeScope();
    }
}
