namespace Estafeta.Commands.CommandLine;

/// <summary>
/// getopt(3) as Postfix's commands use it: one-letter options that may be clustered, values attached or in the next argument, options and operands in
/// any order, <c>--</c> ends the options.
/// </summary>
/// <param name="arguments">Without the command's own name.</param>
/// <param name="options">The letters; a colon after one says that it takes a value.</param>
public sealed class OptionReader(IReadOnlyList<string> arguments, string options)
{
    private readonly List<string> _operands = [];
    private int _next;
    private string _cluster = "";

    /// <summary>What is not an option; complete once <see cref="TryRead"/> has returned false.</summary>
    public IReadOnlyList<string> Operands => _operands;

    /// <summary>Options end at the first operand: what getopt does when its letters begin with <c>+</c>.</summary>
    public bool StopsAtOperand { get; init; }

    /// <summary>Sees each word of options before it is read, with the word behind it; what it returns is read instead, null passes over it.</summary>
    public Func<string, string?, string?>? Respell { get; init; }

    /// <summary>getopt's words about a bad option: <c>invalid option -- 'z'</c>.</summary>
    public string? Error { get; private set; }

    /// <summary>False at the end of the options, and after an error.</summary>
    public bool TryRead(out char option, out string value)
    {
        option = default;
        value = "";
        if (Error != null || (_cluster.Length == 0 && !TryNextCluster()))
        {
            return false;
        }

        option = _cluster[0];
        _cluster = _cluster[1..];
        var at = option == ':' ? -1 : options.IndexOf(option);
        if (at < 0)
        {
            Error = $"invalid option -- '{option}'";
            return false;
        }

        return at + 1 == options.Length || options[at + 1] != ':' || TryReadValue(option, out value);
    }

    private bool TryReadValue(char option, out string value)
    {
        value = _cluster;
        _cluster = "";
        if (value.Length > 0)
        {
            return true;
        }

        if (_next == arguments.Count)
        {
            Error = $"option requires an argument -- '{option}'";
            return false;
        }

        value = arguments[_next++];
        return true;
    }

    private static bool IsOption(string argument) => argument.Length > 1 && argument[0] == '-';

    private bool TryNextCluster()
    {
        while (_next < arguments.Count)
        {
            var argument = arguments[_next++];
            if (argument == "--" || (StopsAtOperand && !IsOption(argument)))
            {
                _next -= argument == "--" ? 0 : 1;
                for (; _next < arguments.Count; _next++)
                {
                    _operands.Add(arguments[_next]);
                }

                return false;
            }

            if (IsOption(argument))
            {
                if (Respell != null && Respell(argument, _next < arguments.Count ? arguments[_next] : null) is var respelt)
                {
                    if (respelt == null)
                    {
                        continue;
                    }

                    argument = respelt;
                }

                _cluster = argument[1..];
                return true;
            }

            _operands.Add(argument);
        }

        return false;
    }
}
