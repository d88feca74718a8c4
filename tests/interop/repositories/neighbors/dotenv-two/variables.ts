process.env.DOTENV_CONFIG_PATH = '.shop.env'
process.env.DOTENV_CONFIG_QUIET = 'true'
