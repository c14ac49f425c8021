using System.Text.Json.Nodes;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Shape;

namespace PipelineRobustness.Models.Families;

/// <summary>
/// Rotary positions in <c>config.json</c>. Older tools write <c>rope_theta</c> and <c>rope_scaling</c>, newer ones
/// <c>rope_parameters</c> with both in it, and files have any mixture; what several places say must agree.
/// </summary>
internal static class RotaryFields
{
    private const string Base = "rope_theta", Type = "rope_type", OldType = "type", Factor = "factor", Partial = "partial_rotary_factor";
    private const string LowFactor = "low_freq_factor", HighFactor = "high_freq_factor", Original = "original_max_position_embeddings";
    private const string NewPlace = "rope_parameters", OldPlace = "rope_scaling";
    private const double DefaultBase = 10_000;
    private const int PositionsMax = 1 << 24;

    private static readonly string[] Places = [OldPlace, NewPlace];

    /// <summary>The base of the wavelengths and the scaling of the frequencies; null if nothing is scaled.</summary>
    /// <exception cref="BadInputException">A field is unknown, of an unsupported kind, or contradicted by another place.</exception>
    public static (double Base, RotaryScaling? Scaling) Read(JsonInput fields, int positions)
    {
        var places = Places.Select(name => fields.Field(name)).OfType<JsonInput>().Where(place => place.Fields().Any()).ToList();
        var scalings = places.ConvertAll(place => Scaling(place, fields, positions));
        if (scalings.Distinct().Count() > 1)
            throw places[1].Bad($"the same scaling as {OldPlace}");
        foreach (var place in places.Append(fields))
        {
            if (place.Field(Partial) is not null && place.Number(Partial, 0, 1, 1) != 1)
                throw place.Field(Partial)!.Value.Bad("1 (rotating a part of each head is not supported)");
        }
        return (BaseOf([.. places, fields]), scalings.FirstOrDefault());
    }

    /// <summary>Writes both where the original has them; where it says something else, in one place only.</summary>
    public static void Write(ModelConfig config, JsonObject json)
    {
        var original = JsonInput.Parse(json.ToJsonString(), "config.json");
        var isNew = json[NewPlace] is JsonObject;
        if (Says(original, config)) return;
        foreach (var name in (string[])[Base, .. Places, Original])
            json.Remove(name);
        if (isNew)
        {
            var place = Of(config.RotaryScaling) ?? new JsonObject { [Type] = "default" };
            place[Base] = config.RotaryBase;
            json[NewPlace] = place;
            return;
        }
        json[Base] = config.RotaryBase;
        if (Of(config.RotaryScaling) is { } scaling)
            json[OldPlace] = scaling;
    }

    private static bool Says(JsonInput original, ModelConfig config) =>
        (original.Has(Base) || Places.Any(name => original.Field(name)?.Has(Base) == true))
        && Read(original, config.Positions) == (config.RotaryBase, config.RotaryScaling);

    private static double BaseOf(IReadOnlyList<JsonInput> places)
    {
        JsonInput? used = null;
        foreach (var place in places.Where(place => place.Has(Base)))
        {
            var value = place.Number(Base, 1, 1e12, DefaultBase);
            if (used is { } first && first.Number(Base, 1, 1e12, DefaultBase) is var other && other != value)
                throw place.Field(Base)!.Value.Bad(FormattableString.Invariant($"{other}, as {first.Path}.{Base} says"));
            used ??= place;
        }
        return used?.Number(Base, 1, 1e12, DefaultBase) ?? DefaultBase;
    }

    private static RotaryScaling? Scaling(JsonInput place, JsonInput fields, int positions)
    {
        var name = place.NameInUse(Type, OldType);
        var type = place.Text(name, "default");
        IReadOnlyList<string> used = type switch
        {
            "default" => [],
            "linear" => [Factor, Original],
            "dynamic" => [Factor, Original],
            "llama3" => [Factor, LowFactor, HighFactor, Original],
            _ => throw place.Bad(name, "default, linear, dynamic or llama3 (others are not supported)", $"\"{type}\""),
        };
        foreach (var (field, value) in place.Fields())
        {
            if (field is not (Type or OldType or Base or Partial) && !used.Contains(field) && !value.IsNull)
                throw new BadInputException($"{value.File}: {value.Path}: not a field of {name} {type}");
        }
        if (type == "default") return null;
        var factor = Positive(place, Factor);
        return type switch
        {
            "linear" => new LinearScaling(factor),
            "dynamic" => Dynamic(place, factor, positions),
            _ => Llama3(place, factor, fields, positions),
        };
    }

    private static DynamicScaling Dynamic(JsonInput place, double factor, int positions) =>
        // Hugging Face's tools do not read it here, so that another value would be ignored.
        place.Integer(Original, 1, PositionsMax, defaultValue: positions) == positions
            ? new DynamicScaling(factor)
            : throw place.Field(Original)!.Value.Bad($"max_position_embeddings ({positions}) with dynamic");

    private static Llama3Scaling Llama3(JsonInput place, double factor, JsonInput fields, int positions)
    {
        var (low, high) = (Positive(place, LowFactor), Positive(place, HighFactor));
        if (high <= low)
            throw place.Field(HighFactor)!.Value.Bad(FormattableString.Invariant($"more than {LowFactor} ({low})"));
        var inner = place.Field(Original)?.Integer(1, PositionsMax);
        var outer = fields.Field(Original)?.Integer(1, PositionsMax);
        return inner is null || outer is null || inner == outer
            ? new Llama3Scaling(factor, low, high, inner ?? outer ?? positions)
            : throw fields.Field(Original)!.Value.Bad($"{inner}, as {place.Path}.{Original} says");
    }

    private static double Positive(JsonInput place, string name)
    {
        if (!place.Has(name)) throw place.Bad(name, "a number", "nothing");
        return place.Number(name, 1e-6, 1e6, 1);
    }

    private static JsonObject? Of(RotaryScaling? scaling) => scaling switch
    {
        null => null,
        Llama3Scaling llama3 => new JsonObject
        {
            [Type] = llama3.Name,
            [Factor] = llama3.Factor,
            [LowFactor] = llama3.LowFrequencyFactor,
            [HighFactor] = llama3.HighFrequencyFactor,
            [Original] = llama3.OriginalPositions,
        },
        _ => new JsonObject { [Type] = scaling.Name, [Factor] = scaling.Factor },
    };
}
