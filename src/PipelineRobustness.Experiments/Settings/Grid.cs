using System.Text.RegularExpressions;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Experiments.Settings;

/// <summary>A setting, and the values it takes one after another; a single value where it is the same in all runs.</summary>
internal sealed record GridAxis(string Path, IReadOnlyList<SettingNode> Values, bool Listed);

/// <summary>
/// Lists of values for any settings, whose combinations are runs: <c>{ defence.remedy = [off, skip], seed = [1, 2] }</c>.
/// The first list written changes slowest.
/// </summary>
internal sealed partial class Grid
{
    /// <summary>More runs than this are a mistake.</summary>
    public const int RunsMax = 10_000;

    private readonly List<GridAxis> _axes = [];
    private readonly Dictionary<string, SettingText> _templates = [];
    private readonly Origin _origin;

    private Grid(SettingSection written)
    {
        _origin = written.Origin;
        Walk(written, "");
        _axes.Sort((one, other) => Place(one).CompareTo(Place(other)));
        foreach (var template in _templates.Values)
            CheckTemplate(template);
    }

    /// <summary>How many runs it is.</summary>
    public long Size => _axes.Aggregate(1L, (size, axis) => size > RunsMax ? size : size * axis.Values.Count);

    /// <summary>Reads one grid, or a list of them, and checks every value.</summary>
    /// <exception cref="BadInputException">A key is unknown, a value is wrong, or there are too many runs.</exception>
    public static IReadOnlyList<Grid> ReadAll(SettingNode node)
    {
        var grids = LayerCheck.Entries(node)
            .Select(e => new Grid(e as SettingSection ?? throw LayerCheck.Wrong(Schema.Grid, "{ setting = [values], ... }, or a list of such", e)))
            .ToList();
        if (grids.Find(g => g.Size > RunsMax) is { } large)
            throw new BadInputException($"{large._origin}: grid: expected at most {RunsMax} runs, found more");

        return grids;
    }

    /// <summary>What each run says itself, in order.</summary>
    /// <param name="below">The settings that runs are based on: templates may name any of them.</param>
    public IEnumerable<SettingSection> Runs(SettingSection below) => Points([], 0).Select(point => Run(below, point));

    private static int Place(GridAxis axis) => axis.Values[0].Origin.Place;

    private IEnumerable<SettingNode[]> Points(SettingNode[] begun, int axis) => axis == _axes.Count
        ? [begun]
        : _axes[axis].Values.SelectMany(value => Points([.. begun, value], axis + 1));

    private SettingSection Run(SettingSection below, SettingNode[] point)
    {
        var run = _axes.Zip(point).Aggregate(new SettingSection([], _origin), (r, p) => r.With(p.First.Path, p.Second));
        var effective = below.Under(run);
        foreach (var (key, template) in _templates)
            run = run.With(key, template with { Text = Filled(template.Text, effective) });

        return run.Find("name") is null ? run.With("name", new SettingText(OwnName(run), _origin)) : run;
    }

    private string OwnName(SettingSection run)
    {
        var parts = _axes.Where(a => a.Listed).Select(a => $"{a.Path[(a.Path.LastIndexOf('.') + 1)..]}-{GridWord.Of(a.Path, run.Find(a.Path))}");
        return string.Join('_', parts.DefaultIfEmpty(Schema.Grid));
    }

    private static string Filled(string template, SettingSection effective) =>
        Hole().Replace(template, hole => GridWord.Of(hole.Groups[1].Value, effective.Find(hole.Groups[1].Value)));

    private static void CheckTemplate(SettingText template)
    {
        foreach (Match hole in Hole().Matches(template.Text))
        {
            var key = hole.Groups[1].Value;
            var known = Schema.Keys(inRun: true).Except(Schema.RunNames)
                .Concat(Schema.Entries.SelectMany(l => l.Value.Settings(kind: null).Keys.Select(part => $"{l.Key}.{part}")));
            if (!known.Contains(key))
            {
                throw new BadInputException(
                    $"{template.Origin}: unknown setting {{{OneLine.Of(key)}}} in {template.Shown}; "
                    + NearestName.Hint(key[..Math.Min(key.Length, 64)], [.. known]));
            }
        }
    }

    private void Walk(SettingSection section, string parent)
    {
        foreach (var (name, node) in section.Items)
            Setting(parent.Length == 0 ? name : $"{parent}.{name}", parent, name, node);
    }

    private void Setting(string path, string parent, string name, SettingNode node)
    {
        if (Schema.IsOfTheTop(path) && node is not SettingSection)
            throw LayerCheck.Unknown(path, node, Schema.Grid);

        if (Schema.Plain.TryGetValue(path, out var kind))
            Axis(path, node, value => LayerCheck.Plain(path, kind, value));
        else if (Schema.Lists.TryGetValue(path, out var each))
            Axis(path, node, value => CheckEach(path, each, value));
        else if (Schema.Entries.ContainsKey(parent))
            Axis(path, node, value => LayerCheck.Part(parent, name, LayerCheck.EntryPart(parent, name, value), value));
        else if (Schema.Entries.ContainsKey(path) && node is not SettingSection)
            Axis(path, node, value => LayerCheck.ByKind(path, value));
        else if (Schema.Entries.ContainsKey(path) || Schema.IsSection(path))
            Walk(node as SettingSection ?? throw LayerCheck.Wrong(path, "a section { ... }", node), path);
        else if (Schema.RunNames.Contains(path))
            _templates[path] = node as SettingText ?? throw LayerCheck.Wrong(path, "a run's name", node);
        else
            throw LayerCheck.Unknown(path, node, Schema.Grid);
    }

    private static void CheckEach(string path, SettingKind each, SettingNode value)
    {
        foreach (var text in LayerCheck.Entries(value)) LayerCheck.Plain(path, each, text);
    }

    private void Axis(string path, SettingNode node, Action<SettingNode> check)
    {
        var values = LayerCheck.Entries(node);
        if (values.Count == 0)
            throw new BadInputException($"{node.Origin}: grid: {path}: expected at least one value, found an empty list");

        foreach (var value in values)
            check(value);

        _axes.Add(new GridAxis(path, values, node is SettingList));
    }

    [GeneratedRegex(@"\{([^{}]*)\}")]
    private static partial Regex Hole();
}
