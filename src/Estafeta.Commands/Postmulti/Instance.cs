using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;

namespace Estafeta.Commands.Postmulti;

/// <summary>One mail system of several on this machine: a configuration directory and what its main.cf says about the instance.</summary>
internal sealed class Instance
{
    private Instance(ParameterSet parameters, bool isPrimary)
    {
        Parameters = parameters;
        IsPrimary = isPrimary;
    }

    public ParameterSet Parameters { get; }

    public bool IsPrimary { get; }

    public string ConfigDirectory => Parameters.ConfigDirectory;

    /// <summary>multi_instance_name; empty when it has none.</summary>
    public string Name => Parameters.Get(Configuration.Catalogue.Parameters.MultiInstanceName);

    public string Group => Parameters.Get(Configuration.Catalogue.Parameters.MultiInstanceGroup);

    public string QueueDirectory => Parameters.Get(Configuration.Catalogue.Parameters.QueueDirectory);

    public string DataDirectory => Parameters.Get(Configuration.Catalogue.Parameters.DataDirectory);

    /// <summary>Started and stopped with the others. A primary instance that manages no others always is.</summary>
    public bool IsEnabled => Parameters.Get(Configuration.Catalogue.Parameters.MultiInstanceEnable) || (IsPrimary && !IsManaging);

    private bool IsManaging => Parameters.IsSet(Configuration.Catalogue.Parameters.MultiInstanceEnable);

    /// <exception cref="ConfigurationException">Its main.cf cannot be read.</exception>
    public static Instance Load(string configDirectory, bool isPrimary) => new(ParameterSet.Load(configDirectory), isPrimary);

    /// <summary>Whether <c>-i</c> means this one: <c>-</c>, a name, or a configuration directory.</summary>
    public bool IsCalled(string name) => name == "-" ? IsPrimary : name == ConfigDirectory || (name.Length > 0 && name == Name);
}
