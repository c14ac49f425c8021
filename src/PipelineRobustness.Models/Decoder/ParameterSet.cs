using PipelineRobustness.Models.Families;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Models.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Decoder;

/// <summary>A block's parameters, made and filled in the model's order; the decoder's parts take theirs by name.</summary>
internal sealed class ParameterSet : IDisposable
{
    private readonly Dictionary<string, Parameter> _byName;

    public ParameterSet(IReadOnlyList<ParameterSpec> specs, IWeightSource weights, Device? device)
    {
        var made = new List<BlockParameter>();
        try
        {
            foreach (var spec in specs)
                made.Add(new BlockParameter(spec.Name, Filled(spec, weights, device), spec.Decays, spec.TiedTo));
        }
        catch
        {
            made.ForEach(parameter => parameter.Value.Dispose());
            throw;
        }
        All = made;
        _byName = made.ToDictionary(parameter => parameter.Name, parameter => parameter.Value);
    }

    public IReadOnlyList<BlockParameter> All { get; }

    public Parameter this[string name] => _byName[name];

    public Parameter? Find(string name) => _byName.GetValueOrDefault(name);

    public void Dispose()
    {
        foreach (var parameter in All)
            parameter.Value.Dispose();
    }

    /// <summary>A parameter dies with the dispose scope it is made in, so it is taken out of the caller's.</summary>
    private static Parameter Filled(ParameterSpec spec, IWeightSource weights, Device? device)
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
