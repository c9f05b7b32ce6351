using Estafeta.Commands.CommandLine;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Net.Dns;

namespace Estafeta.Commands.Postfix.Tls;

/// <summary>Options and operands of a subcommand of <c>postfix tls</c>. Throws <see cref="CommandException"/> for others than the letters say.</summary>
internal sealed class TlsArguments
{
    private readonly Dictionary<char, string> _values = [];

    public TlsArguments(IReadOnlyList<string> arguments, string letters)
    {
        var reader = new OptionReader(arguments, letters);
        while (reader.TryRead(out var option, out var value))
        {
            _values[option] = value;
        }

        if (reader.Error != null)
        {
            throw new CommandException($"postfix tls: {reader.Error}");
        }

        Operands = reader.Operands;
    }

    public IReadOnlyList<string> Operands { get; }

    public string? Find(char option) => _values.GetValueOrDefault(option);

    /// <summary>The operands, or $myhostname. They become part of commands and certificates, so nothing but host names passes.</summary>
    public IReadOnlyList<string> HostNames(ParameterSet parameters)
    {
        var names = Operands.Count > 0 ? Operands : [parameters.Get(Parameters.Myhostname)];
        return names.FirstOrDefault(name => !DnsName.IsHostName(name)) is { } bad ? throw new CommandException($"not a hostname: {bad}") : names;
    }
}
