using Estafeta.Commands.CommandLine;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;
using Estafeta.Services.Hosting;

namespace Estafeta.Commands.Postmulti;

/// <summary>The primary instance, then those of its multi_instance_directories in their order.</summary>
internal sealed class InstanceList
{
    private InstanceList(IReadOnlyList<Instance> all) => All = all;

    public IReadOnlyList<Instance> All { get; }

    public Instance Primary => All[0];

    public static InstanceList Load()
    {
        if (ConfigurationDirectory.Find() is var directory && directory != ConfigurationDirectory.Default)
        {
            throw new CommandException($"Non-default configuration directory: {ConfigurationDirectory.Variable}={directory}");
        }

        var primary = Instance.Load(directory, isPrimary: true);
        var others = WordList.Split(primary.Parameters.Get(Parameters.MultiInstanceDirectories));
        return new InstanceList([primary, .. others.Select(d => Instance.Load(d, isPrimary: false))]);
    }

    /// <summary>Those that -a, -g and -i select. Throws when there are none.</summary>
    public IReadOnlyList<Instance> Select(PostmultiOptions options)
    {
        var selected = All.Where(i => (options.Group == null || i.Group == options.Group) && (options.Name == null || i.IsCalled(options.Name))).ToList();
        return selected.Count > 0 ? selected : throw new CommandException("No matching instances");
    }

    public Instance Named(string name) => All.FirstOrDefault(i => i.IsCalled(name)) ?? throw new CommandException($"No instance named {name}");
}
