using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;

namespace Estafeta.Daemons.Smtp;

/// <summary>Reads the one of two twin parameters that belongs to the protocol of the entry.</summary>
internal sealed class SmtpParameters(ParameterSet parameters, bool isLmtp)
{
    public bool IsLmtp => isLmtp;

    public ParameterSet All => parameters;

    public string Text(StringParameter smtp, StringParameter lmtp) => parameters.Get(isLmtp ? lmtp : smtp);

    public bool Flag(BooleanParameter smtp, BooleanParameter lmtp) => parameters.Get(isLmtp ? lmtp : smtp);

    public int Number(IntegerParameter smtp, IntegerParameter lmtp) => parameters.Get(isLmtp ? lmtp : smtp);

    public TimeSpan Time(TimeParameter smtp, TimeParameter lmtp) => parameters.Get(isLmtp ? lmtp : smtp);

    /// <summary>Name of the parameter that is read, for messages.</summary>
    public string Name(Parameter smtp, Parameter lmtp) => isLmtp ? lmtp.Name : smtp.Name;
}
