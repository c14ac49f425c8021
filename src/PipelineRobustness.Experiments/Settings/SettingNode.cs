namespace PipelineRobustness.Experiments.Settings;

/// <summary>A setting as written, with its origin; its type is not checked yet.</summary>
public abstract record SettingNode(Origin Origin)
{
    /// <summary>The node as an error message shows it.</summary>
    public abstract string Shown { get; }
}

/// <summary>A scalar, as its text.</summary>
public sealed record SettingText(string Text, Origin Origin) : SettingNode(Origin)
{
    /// <inheritdoc/>
    public override string Shown => Text.Length == 0 ? "nothing" : OneLine.Of(Text);
}

/// <summary>A list.</summary>
public sealed record SettingList(IReadOnlyList<SettingNode> Items, Origin Origin) : SettingNode(Origin)
{
    /// <inheritdoc/>
    public override string Shown => "a list";
}

/// <summary>A section: settings by name, in the order written.</summary>
public sealed record SettingSection(IReadOnlyList<KeyValuePair<string, SettingNode>> Items, Origin Origin) : SettingNode(Origin)
{
    /// <inheritdoc/>
    public override string Shown => "a section { ... }";

    /// <summary>The node at a dotted path below this one, or null.</summary>
    public SettingNode? Find(string path)
    {
        SettingNode? node = this;
        foreach (var name in path.Split('.'))
            node = (node as SettingSection)?.Child(name);

        return node;
    }

    /// <summary>These settings with those of <paramref name="upper"/> over them: sections merge, all else is replaced.</summary>
    public SettingSection Under(SettingSection upper)
    {
        var merged = this;
        foreach (var (name, node) in upper.Items)
        {
            var over = merged.Child(name) is SettingSection lower && node is SettingSection section ? lower.Under(section) : node;
            merged = merged.WithChild(name, over);
        }

        return merged;
    }

    /// <summary>These settings with the node at <paramref name="path"/> replaced whole.</summary>
    public SettingSection With(string path, SettingNode node)
    {
        var dot = path.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0)
            return WithChild(path, node);

        var name = path[..dot];
        var below = Child(name) as SettingSection ?? new SettingSection([], node.Origin);
        return WithChild(name, below.With(path[(dot + 1)..], node));
    }

    /// <summary>These settings without the one called <paramref name="name"/>.</summary>
    public SettingSection Without(string name) => this with { Items = [.. Items.Where(i => i.Key != name)] };

    private SettingNode? Child(string name) => Items.FirstOrDefault(i => i.Key == name).Value;

    private SettingSection WithChild(string name, SettingNode node)
    {
        var changed = new KeyValuePair<string, SettingNode>(name, node);
        return Items.Any(i => i.Key == name)
            ? this with { Items = [.. Items.Select(i => i.Key == name ? changed : i)] }
            : this with { Items = [.. Items, changed] };
    }
}
